package message

import "testing"

// Every message begins with the seed, until there is none.
func TestSeed(t *testing.T) {
	var b, seed Builder
	seed = *NewBuilder(0)
	seed.Begin(nil)
	seed.String("format", "json", "")
	b = *NewBuilder(0)
	b.Seed(seed.Fields())
	b.Begin(nil)
	b.Int("n", 1, "")
	b.End()
	var f Frame
	var v View
	if !NextFrame(b.Buffer(), 0, 1<<20, &f) || !v.Parse(b.Buffer()[f.Start:f.End], nil) {
		t.Fatal("the message is damaged")
	}
	b.BeginFrom(&v)
	b.End()
	b.Seed(nil)
	b.Begin(nil)
	b.End()
	var counts []int
	for at := 0; NextFrame(b.Buffer(), at, 1<<20, &f); at = f.End {
		v.Parse(b.Buffer()[f.Start:f.End], nil)
		n := 0
		for it := v.Fields(); it.Next(); n++ {
			if n == 0 && it.Field().Text(0) != "json" {
				t.Errorf("the first field is %q", it.Field().Text(0))
			}
		}
		counts = append(counts, n)
	}
	if len(counts) != 3 || counts[0] != 2 || counts[1] != 3 || counts[2] != 0 {
		t.Errorf("the messages have %v fields, want 2, 3, 0", counts)
	}
}
