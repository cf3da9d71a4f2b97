package rec

import (
	"fmt"
	"time"
)

// renderers maps each kind to its default size and what appends one record.
var renderers = map[string]struct {
	size int
	one  func(m *maker, i int, t time.Time)
}{
	"line":    {199, (*maker).line},
	"json":    {90, (*maker).json},
	"rfc5424": {100, (*maker).rfc5424},
	"nginx":   {0, (*maker).nginx},
	"statsd":  {0, (*maker).statsd},
	"heka":    {100, (*maker).heka},
}

func (m *maker) printf(format string, args ...any) {
	m.Buf = fmt.Appendf(m.Buf, format, args...)
}

func (m *maker) status() int { return []int{200, 200, 200, 304, 404, 500}[m.r.IntN(6)] }

// digits appends a number of n digits that Refresh may change.
func (m *maker) digits(n int) {
	from := len(m.Buf)
	for range n {
		m.Buf = append(m.Buf, byte('1'+m.r.IntN(8)))
	}
	m.note(from, digits)
}

func (m *maker) line(i int, _ time.Time) {
	from := len(m.Buf)
	m.printf("%08d ", i)
	m.words(m.o.Size - (len(m.Buf) - from))
	m.Buf = append(m.Buf, '\n')
}

func (m *maker) json(i int, t time.Time) {
	m.printf(`{"time":"%s","level":"%s","host":"%s","app":"app%02d","http":{"method":"%s","status":%d,"bytes":`,
		t.Format("2006-01-02T15:04:05.000000Z"), []string{"debug", "info", "info", "info", "warning", "error"}[m.r.IntN(6)],
		m.host(), i%20, []string{"GET", "GET", "POST"}[m.r.IntN(3)], m.status())
	m.digits(1 + m.r.IntN(5))
	m.printf(`},"cached":%t,"took":0.%d,"message":"`, m.r.IntN(2) == 0, 1+m.r.IntN(9))
	m.words(m.o.Size)
	m.printf("\"}\n")
}

func (m *maker) rfc5424(i int, t time.Time) {
	m.printf("<%d>1 %s %s app%02d %d ID%d [ex@32473 iut=\"%d\" src=\"Application\" id=\"",
		8*(16+m.r.IntN(8))+m.r.IntN(8), t.Format("2006-01-02T15:04:05.000000Z"), m.host(), i%20,
		100+m.r.IntN(30000), m.r.IntN(100), m.r.IntN(9))
	m.digits(1 + m.r.IntN(4))
	m.printf("\"] ")
	m.words(m.o.Size)
	m.Buf = append(m.Buf, '\n')
}

var agents = []string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
	"curl/8.5.0",
}

func (m *maker) nginx(_ int, t time.Time) {
	method := []string{"GET", "GET", "GET", "POST", "HEAD"}[m.r.IntN(5)]
	user := []string{"-", "alice", "bob"}[m.r.IntN(3)]
	m.printf("%d.%d.%d.%d - %s [%s] \"%s /%s/%s?id=", 1+m.r.IntN(222), m.r.IntN(255), m.r.IntN(255), m.r.IntN(255),
		user, t.Format("02/Jan/2006:15:04:05 -0700"), method, m.word(), m.word())
	m.digits(1 + m.r.IntN(5))
	m.printf(" HTTP/1.1\" %d ", m.status())
	m.digits(1 + m.r.IntN(5))
	m.printf(" \"https://www.example.com/%s\" \"%s\"\n", m.word(), agents[m.r.IntN(len(agents))])
}

func (m *maker) statsd(i int, _ time.Time) {
	switch i % 10 {
	case 7:
		m.printf("bench.timer.%d:", m.r.IntN(20))
		m.digits(3)
		m.printf("|ms\n")
	case 8:
		m.printf("bench.gauge.%d:", m.r.IntN(20))
		m.digits(3)
		m.printf("|g\n")
	default:
		m.printf("bench.counter.%d:1|c\n", m.r.IntN(100))
	}
}
