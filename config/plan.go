// Package config turns TOML files into one checked plan: includes, environment,
// defaults, positions, every complaint at once. It knows the registered plugin
// types and the matcher language, and nothing of sockets or running plugins.
//
//	files ──Load──▶ tree with places ──merge──▶ sections ──tags──▶ Plan{Globals, Sections} ──▶ pipeline
//	                      └──────────────────────────┴────────▶ Errors: file:line:col: [section] what; fix
//
// What an option is called, what it may hold and what it is for stands in the
// tags of config structs (option.go); help, reference pages, README tables and the
// JSON Schema are made of the same.
package config

import (
	"time"

	"github.com/heka-project/heka/plugin"
)

// Plan is a whole checked configuration. Nobody writes it after Load.
type Plan struct {
	Globals  Globals
	Text     string     // canonical text of [hekad]; it holds secrets
	Sections []*Section // by kind, then in the order of the files
	Files    []string   // what was read, in order
	Warnings Errors     // what works but should be looked at
}

// Of lists the sections of one kind.
func (p *Plan) Of(kind plugin.Kind) []*Section {
	var list []*Section
	for _, s := range p.Sections {
		if s.Info.Kind == kind {
			list = append(list, s)
		}
	}
	return list
}

// Find returns the section of that kind and name, nil when there is none.
func (p *Plan) Find(kind plugin.Kind, name string) *Section {
	for _, s := range p.Sections {
		if s.Info.Kind == kind && s.Name == name {
			return s
		}
	}
	return nil
}

// Section is one plugin instance, or for splitters, decoders and encoders the
// model of the instances that their users get.
type Section struct {
	Name   string
	Info   *plugin.Info
	Config any        // what Info.NewConfig made, filled in and validated
	Pos    Pos        // of the section's header; zero for those that are always there
	Text   string     // canonical text of all options, own and common: two sections with equal Text are the same. It holds secrets: show Redacted
	Refs   []*Section // the sections it names, each once: decoder, splitter, encoder, sub-decoders
	Files  string     // what tells that the files it uses have changed, "" for none

	Input    InputOptions    // inputs
	Splitter SplitterOptions // splitters
	Route    RouteOptions    // filters and outputs
}

// InputOptions are the options that all inputs share.
type InputOptions struct {
	Decoder            string        `toml:"decoder" doc:"Name of the decoder section that reads each record; empty for none: the record becomes the payload."`
	Splitter           string        `toml:"splitter" default:"NullSplitter" doc:"Name of the splitter section that cuts the input into records."`
	SynchronousDecode  bool          `toml:"synchronous_decode" default:"false" ignored:"decoding always happens in the reader; remove it" doc:"Accepted for old configurations; decoding always happens in the reader."`
	SendDecodeFailures bool          `toml:"send_decode_failures" default:"false" doc:"Pass on records that cannot be decoded, with fields decode_failure and decode_error."`
	KeepDecodeFailures bool          `toml:"keep_decode_failures" default:"false" doc:"Keep records that cannot be decoded as dead letters, where a journal is configured."`
	LogDecodeFailures  bool          `toml:"log_decode_failures" default:"true" doc:"Log records that cannot be decoded, at most one example a minute."`
	Ticker             time.Duration `toml:"ticker_interval" unit:"s" default:"0s" doc:"Time between two runs of inputs that work by the clock."`
	CanExit            bool          `toml:"can_exit" default:"false" doc:"Let the input end without stopping the daemon."`
	Durable            bool          `toml:"durable" default:"false" doc:"Write messages to the journal before they are acknowledged to the source."`
	Retries            Retries       `toml:"retries" doc:"How a failed plugin is started again."`
}

// RouteOptions are the options that filters and outputs share.
type RouteOptions struct {
	Matcher      string        `toml:"message_matcher" doc:"Which messages the plugin takes, in the matcher language."`
	Signer       string        `toml:"message_signer" doc:"Take only messages signed by this signer."`
	Ticker       time.Duration `toml:"ticker_interval" unit:"s" default:"0s" doc:"Time between two timer events, 0 for none."`
	CanExit      bool          `toml:"can_exit" default:"false" doc:"Let the plugin end without stopping the daemon."`
	Retries      Retries       `toml:"retries" doc:"How a failed plugin is started again, and how a delivery is tried again."`
	UseBuffering bool          `toml:"use_buffering" default:"false" doc:"Write everything the plugin takes to the journal first."`
	Buffering    Buffering     `toml:"buffering" doc:"Limits of the plugin's part of the journal."`
	Overflow     Overflow      `toml:"overflow" default:"spill" enum:"spill,block,drop" doc:"What happens when the plugin falls behind its share of memory: spill to the journal (where one is configured, else block), block the inputs, or drop with a count."`
	QueueSize    plugin.Size   `toml:"queue_size" default:"16MiB" doc:"Memory that messages waiting for the plugin may hold."`
	Encoder      string        `toml:"encoder" for:"output" doc:"Name of the encoder section."`
	UseFraming   *bool         `toml:"use_framing" for:"output" doc:"Put Heka's stream framing around each encoded message. Default: only where the encoder is ProtobufEncoder and the output is made for it."`
}

// Overflow says what happens when a route's memory is used up.
type Overflow string

// The three answers.
const (
	Spill Overflow = "spill"
	Block Overflow = "block"
	Drop  Overflow = "drop"
)

// Retries is the back-off of a plugin that failed.
type Retries struct {
	Delay     time.Duration `toml:"delay" default:"250ms" doc:"First pause; it doubles with each further failure."`
	MaxDelay  time.Duration `toml:"max_delay" default:"30s" doc:"Longest pause."`
	MaxJitter time.Duration `toml:"max_jitter" default:"500ms" doc:"Random time added to each pause."`
	Max       int           `toml:"max_retries" default:"-1" doc:"How often to try again; -1 for ever, 0 never."`
}

// Buffering are the journal's limits for one plugin.
type Buffering struct {
	MaxFileSize       plugin.Size `toml:"max_file_size" default:"512MiB" doc:"Size of a journal segment; at least a record's."`
	MaxBufferSize     plugin.Size `toml:"max_buffer_size" default:"0" doc:"Most that may wait for the plugin; 0 for no limit."`
	FullAction        string      `toml:"full_action" default:"shutdown" enum:"shutdown,drop,block" doc:"What happens when max_buffer_size is reached."`
	CursorUpdateCount uint        `toml:"cursor_update_count" default:"1" doc:"Deliveries between two saves of the position."`
}

// SplitterOptions are the options that all splitters share.
type SplitterOptions struct {
	KeepTruncated          bool        `toml:"keep_truncated" default:"false" doc:"Deliver the head of a record that is too long instead of dropping it."`
	UseMessageBytes        bool        `toml:"use_message_bytes" default:"false" doc:"The record is an encoded message, not a payload."`
	MinBufferSize          plugin.Size `toml:"min_buffer_size" default:"8KiB" ignored:"buffers grow as needed; remove it" doc:"Accepted for old configurations; buffers grow as needed."`
	DeliverIncompleteFinal bool        `toml:"deliver_incomplete_final" default:"false" doc:"Deliver an unterminated rest at the end of the stream."`
}

// Globals are the options of the [hekad] section.
type Globals struct {
	MaxProcs             int           `toml:"maxprocs" default:"0" doc:"Processor cores to use; 0 for all."`
	PoolSize             int           `toml:"poolsize" default:"100" ignored:"memory_budget takes its place" doc:"Accepted for old configurations; memory_budget takes its place."`
	PluginChanSize       int           `toml:"plugin_chansize" default:"30" ignored:"queue_size of each plugin takes its place" doc:"Accepted for old configurations; queue_size takes its place."`
	MaxMessageLoops      uint          `toml:"max_message_loops" default:"4" doc:"How often a message may be injected by a filter that took an injected one; 0 means 1."`
	MaxProcessInject     uint          `toml:"max_process_inject" default:"1" doc:"Messages that a sandbox may inject for one message."`
	MaxProcessDuration   uint64        `toml:"max_process_duration" default:"100000" doc:"Nanoseconds that a dynamic sandbox may take for one message on average."`
	MaxTimerInject       uint          `toml:"max_timer_inject" default:"10" doc:"Messages that a sandbox may inject in one timer event."`
	MaxPackIdle          string        `toml:"max_pack_idle" default:"2m" ignored:"there are no packs to leak; remove it" doc:"Accepted for old configurations; there are no packs to leak."`
	BaseDir              string        `toml:"base_dir" default:"/var/cache/hekad" doc:"Folder of the daemon's working data."`
	ShareDir             string        `toml:"share_dir" default:"/usr/share/heka" doc:"Folder of static resources."`
	SampleDenominator    int           `toml:"sample_denominator" default:"1000" ignored:"work is timed by the batch; remove it" doc:"Accepted for old configurations; work is timed by the batch."`
	PidFile              string        `toml:"pid_file" doc:"File that holds the process id; a live process named there is respected."`
	Hostname             string        `toml:"hostname" doc:"Name of this host in messages; default: the system's."`
	MaxMessageSize       plugin.Size   `toml:"max_message_size" default:"64KiB" doc:"Largest encoded message; more than 1024."`
	LogFlags             int           `toml:"log_flags" default:"3" ignored:"log_format takes its place" doc:"Accepted for old configurations; log_format takes its place."`
	LogLevel             string        `toml:"log_level" default:"info" enum:"debug,info,warn,error" doc:"Least important kind of line that is logged."`
	LogFormat            string        `toml:"log_format" default:"text" enum:"text,json" doc:"Form of the daemon's own log."`
	FullBufferMaxRetries uint          `toml:"full_buffer_max_retries" default:"10" ignored:"a full journal never stops the start; remove it" doc:"Accepted for old configurations; a full journal never stops the start."`
	CPUProf              string        `toml:"cpuprof" doc:"File for a processor profile of the whole run."`
	MemProf              string        `toml:"memprof" doc:"File for a memory profile, written at exit."`
	MemoryBudget         plugin.Size   `toml:"memory_budget" default:"256MiB" doc:"Memory for messages in flight; inputs wait when it is used up."`
	ShutdownTimeout      time.Duration `toml:"shutdown_timeout" unit:"s" default:"10s" doc:"How long a stop waits for outputs to deliver what they hold."`
	Journal              bool          `toml:"journal" default:"true" doc:"Keep a journal in base_dir, to which outputs that fall behind spill."`
	JournalMaxSize       plugin.Size   `toml:"journal_max_size" default:"0" doc:"Most disk space of the journal; 0 for no limit of its own."`
	JournalSync          time.Duration `toml:"journal_sync" default:"1s" word:"always=0s" doc:"Longest time that written data may stay unsynced; 0, or the word always, syncs before every acknowledgement."`
	JournalHistory       plugin.Size   `toml:"journal_history" default:"0" doc:"Disk space of the journal kept behind what every plugin has delivered, for hekad replay."`
	AdminSocket          string        `toml:"admin_socket" doc:"Unix socket of the admin interface; default: admin.sock in base_dir, \"off\" for none."`
	AdminAddress         string        `toml:"admin_address" default:"127.0.0.1:4353" doc:"TCP address of the admin interface; empty for none."`
	AdminToken           string        `toml:"admin_token" doc:"Token that control over TCP needs; without one it is read-only there."`
	ReportInterval       time.Duration `toml:"report_interval" unit:"s" default:"0s" doc:"Time between two report messages; 0 for none."`
}
