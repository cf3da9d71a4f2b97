package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

const modulePath = "github.com/heka-project/heka"

const buildHelp = `Builds a hekad that also knows the plugins of one or more Go packages. Each --with
names the folder of a package that registers plugins in init; examples/plugin of
the source tree shows one. Its module says, by require or replace, which Heka it is
written for: that one is built. Go must be installed.`

const buildExample = `  hekad build --with ./myplugin --output ./hekad-mine
  ./hekad-mine help MyFilter`

// builder makes a hekad with more plugins: a copy of go.mod that also requires
// the plugins' modules, and an overlay that adds one file of blank imports to
// this command. The source tree is not written to.
type builder struct {
	t      *terminal
	ctx    context.Context
	source string   // folder of Heka's module
	with   []string // folders of packages
	output string
	tmp    string // work folder
}

func (t *terminal) buildCommand() *cobra.Command {
	b := builder{t: t}
	c := &cobra.Command{
		Use:     "build --with PATH",
		Short:   "Make a hekad with Go plugins of your own",
		Long:    buildHelp,
		Example: buildExample,
		GroupID: groupTools,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if len(b.with) == 0 {
				return usageError(c, errors.New("nothing to add; give --with and the folder of a plugin"))
			}
			b.ctx = c.Context()
			return b.build()
		},
	}
	f := c.Flags()
	f.StringArrayVar(&b.with, "with", nil, "folder of a Go package with plugins (repeatable)")
	f.StringVar(&b.output, "output", "hekad", "file to write")
	f.StringVar(&b.source, "source", "", "folder of Heka's source (default: the one that the plugin's module uses)")
	return c
}

// pluginPackage is what the go command says of a package.
type pluginPackage struct {
	Dir, ImportPath, Name string
	Module                *struct{ Path, Dir, GoMod string }
	Error                 *struct{ Err string }
}

func (b *builder) build() error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("build: there is no go command; install Go 1.26 or later from https://go.dev/dl and put it in PATH")
	}
	output, err := filepath.Abs(b.output)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "hekad-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	b.tmp = tmp
	pkgs := make([]*pluginPackage, len(b.with))
	for i, dir := range b.with {
		p, err := b.inspect(dir)
		if err != nil {
			return fmt.Errorf("build with %s: %w", dir, err)
		}
		pkgs[i] = p
	}
	if b.source == "" {
		out, err := b.list(pkgs[0].Dir, "-m", "-f", "{{.Dir}}", modulePath)
		if err == nil && strings.TrimSpace(string(out)) == "" {
			err = errors.New("it is required but neither replaced nor downloaded")
		}
		if err != nil {
			return fmt.Errorf("build: the module of %s does not say where Heka is: %w; add a require and replace of %s to its go.mod, or give --source", b.with[0], err, modulePath)
		}
		b.source = strings.TrimSpace(string(out))
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-tags", "grpcnotrace", "-mod=mod", "-o", output,
		"-ldflags", "-s -w -X main.version=" + version + " -X main.commit=" + commit + " -X main.date=" + date}
	more, err := b.arrange(pkgs)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	args = append(append(args, more...), "./cmd/hekad")
	if _, err := b.run(b.source, args...); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	_, err = fmt.Fprintf(b.t.out, "built %s with %s\n", b.output, strings.Join(b.with, ", "))
	return err
}

// inspect asks the go command about the package in a folder.
func (b *builder) inspect(dir string) (*pluginPackage, error) {
	if st, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !st.IsDir() {
		return nil, errors.New("it is not a folder; give the folder of a Go package")
	}
	out, err := b.list(dir, "-e", "-json=Dir,ImportPath,Name,Module,Error", ".")
	if err != nil {
		return nil, err
	}
	var p pluginPackage
	if err := json.Unmarshal(out, &p); err != nil {
		return nil, err
	}
	switch {
	case p.Module == nil:
		return nil, errors.New("it is in no module; run go mod init in it")
	case p.Error != nil:
		return nil, errors.New(p.Error.Err)
	case p.Name == "main":
		return nil, errors.New("it is a program; a plugin is a package that registers itself in init")
	}
	return &p, nil
}

// list is go list in a folder, with a copy of its module file: the one that
// stands there may be untidy, and is not ours to change.
func (b *builder) list(dir string, args ...string) ([]byte, error) {
	out, err := b.run(dir, "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	file := strings.TrimSpace(string(out))
	if file == "" || file == os.DevNull {
		return nil, errors.New("it is in no module; run go mod init in it")
	}
	mod, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(b.tmp, "list.mod")
	if err := os.WriteFile(copied, mod, 0o600); err != nil {
		return nil, err
	}
	sums, err := os.ReadFile(strings.TrimSuffix(file, ".mod") + ".sum")
	if err == nil {
		err = os.WriteFile(filepath.Join(b.tmp, "list.sum"), sums, 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return b.run(dir, append([]string{"list", "-mod=mod", "-modfile=" + copied}, args...)...)
}

// arrange writes the module file and the overlay, and returns the flags for them.
func (b *builder) arrange(pkgs []*pluginPackage) ([]string, error) {
	tmp := b.tmp
	mod, err := os.ReadFile(filepath.Join(b.source, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("%w; --source must be the folder of Heka's source", err)
	}
	sums, err := os.ReadFile(filepath.Join(b.source, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var imports bytes.Buffer
	imports.WriteString("package main\n\nimport (\n")
	edits := []string{"mod", "edit"}
	for _, p := range pkgs {
		fmt.Fprintf(&imports, "\t_ %q\n", p.ImportPath)
		if p.Module.Path == modulePath {
			continue
		}
		edits = append(edits, "-require="+p.Module.Path+"@v0.0.0", "-replace="+p.Module.Path+"="+p.Module.Dir)
		if s, err := os.ReadFile(filepath.Join(p.Module.Dir, "go.sum")); err == nil {
			sums = append(append(sums, '\n'), s...)
		}
	}
	imports.WriteString(")\n")
	modfile := filepath.Join(tmp, "go.mod")
	extra := filepath.Join(tmp, "with.go")
	overlay := filepath.Join(tmp, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(b.source, "cmd", "hekad", "zz_with.go"): extra,
	}})
	if err != nil {
		return nil, err
	}
	for name, data := range map[string][]byte{
		modfile: mod, filepath.Join(tmp, "go.sum"): sums, extra: imports.Bytes(), overlay: replace,
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return nil, err
		}
	}
	if len(edits) > 2 {
		if _, err := b.run(tmp, append(edits, modfile)...); err != nil {
			return nil, err
		}
	}
	return []string{"-modfile", modfile, "-overlay", overlay}, nil
}

// run calls the go command in a folder; its complaints become the error.
func (b *builder) run(dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(b.ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		if text := strings.TrimSpace(complaints.String()); text != "" {
			return nil, fmt.Errorf("go %s: %s", args[0], text)
		}
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}
