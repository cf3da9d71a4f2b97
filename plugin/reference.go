package plugin

// Reference is the name of another section in a plugin's options.
type Reference struct {
	Kind   Kind
	Name   string // the section's
	Option string // the option that holds it, "subs" or "subs[1]"
}

// Referrer is a config struct that names other sections beside those of the
// common options: config checks that they exist and form no cycle.
type Referrer interface {
	References() []Reference
}

// Fingerprinter is a config struct that names files whose content is part of what
// the plugin does, such as a script. Fingerprint returns a text that changes when
// they do: a reload then replaces the plugin, though its section is the same. It
// touches no network, and says nothing where a file cannot be read.
type Fingerprinter interface {
	Fingerprint(shareDir string) string
}
