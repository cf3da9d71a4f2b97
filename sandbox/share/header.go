package share

import "strings"

// Page is the comment at the head of a script or module: Markdown that begins with
// its name.
//
//	--[[
//	# http_status
//	Graphs the HTTP status codes of a web server's access log.
//
//	## Config
//	- rows (uint, default 1440): rows of the graph.
//
//	## Example
//	…
//	--]]
type Page struct {
	Name     string
	Doc      string // what stands before the first section
	Sections []Section
}

// Section is a part of a page under a heading of its own.
type Section struct{ Title, Text string }

// Header reads the page of a script, and returns what follows it. It answers false
// for a script without one.
func Header(source string) (page Page, code string, ok bool) {
	rest, ok := strings.CutPrefix(source, "--[")
	level := strings.IndexByte(rest, '[')
	if !ok || level < 0 || strings.Trim(rest[:level], "=") != "" {
		return page, source, false
	}
	text, code, ok := strings.Cut(rest[level+1:], "]"+rest[:level]+"]")
	text, ok2 := strings.CutPrefix(strings.TrimSpace(strings.TrimSuffix(text, "--")), "# ")
	if !ok || !ok2 {
		return page, source, false
	}
	parts := strings.Split(text, "\n## ")
	name, doc, _ := strings.Cut(parts[0], "\n")
	page = Page{Name: strings.TrimSpace(name), Doc: strings.TrimSpace(doc)}
	for _, part := range parts[1:] {
		title, text, _ := strings.Cut(part, "\n")
		page.Sections = append(page.Sections, Section{strings.TrimSpace(title), strings.TrimSpace(text)})
	}
	return page, code, true
}
