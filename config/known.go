package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// alwaysThere are the types that have a section of their own name without being
// asked for.
var alwaysThere = []string{
	"ProtobufDecoder", "ProtobufEncoder", "TokenSplitter", "PatternGroupingSplitter", "HekaFramingSplitter", "NullSplitter",
}

// knownTypes are the types that configurations of Heka 0.10 and 0.11 may name,
// whether this build has them or not.
var knownTypes = strings.Fields(`
	AMQPInput DockerEventInput DockerLogInput DockerStatsInput FilePollingInput HttpInput HttpListenInput KafkaInput
	LogstreamerInput ProcessInput ProcessDirectoryInput SandboxInput StatAccumInput StatsdInput TcpInput UdpInput
	NullSplitter TokenSplitter RegexSplitter PatternGroupingSplitter HekaFramingSplitter
	ProtobufDecoder MultiDecoder PayloadRegexDecoder PayloadXmlDecoder ScribbleDecoder StatsToFieldsDecoder GeoIpDecoder
	SandboxDecoder
	CounterFilter StatFilter SandboxFilter SandboxManagerFilter
	ProtobufEncoder PayloadEncoder RstEncoder ESJsonEncoder ESLogstashV0Encoder SandboxEncoder
	AMQPOutput CarbonOutput DashboardOutput ElasticSearchOutput FileOutput HttpOutput IrcOutput KafkaOutput LogOutput
	NagiosOutput SmtpOutput SandboxOutput TcpOutput UdpOutput WhisperOutput`)

// goneTypes were removed from Heka; the cure names what took their place.
var goneTypes = map[string]string{
	"LogfileInput":                 "use LogstreamerInput",
	"LogfileDirectoryManagerInput": "use LogstreamerInput",
	"PayloadJsonDecoder":           "use SandboxDecoder with lua_decoders/json.lua",
	"LoglineDecoder":               "use PayloadRegexDecoder",
	"StatsdOutput":                 "use CarbonOutput, or StatFilter with StatAccumInput",
	"SandboxManager":               "use SandboxManagerFilter",
}

// oldOptions are options that configurations of earlier versions have elsewhere.
var oldOptions = map[plugin.Kind]map[string]string{
	plugin.KindInput: {
		"parser_type":      `it became splitters: write splitter = "TokenSplitter", or "RegexSplitter" with a section for it`,
		"delimiter":        "it belongs to a splitter: put it into a section of type TokenSplitter or RegexSplitter and name that as splitter",
		"signer":           "signers belong to the splitter: write [HekaFramingSplitter.signer.NAME_VERSION]",
		"decoders":         `write decoder = "NAME"; several decoders go into a MultiDecoder`,
		"timestamp_layout": "times are read by decoders: write it in the section of the decoder",
		"message_matcher":  "inputs take everything; message_matcher belongs to filters and outputs",
		"encoder":          "encoders belong to outputs; an input has a decoder",
	},
	plugin.KindFilter: {
		"encoder":     "encoders belong to outputs",
		"use_framing": "framing belongs to outputs",
		"decoder":     "decoders belong to inputs",
		"splitter":    "splitters belong to inputs",
	},
	plugin.KindOutput: {
		"decoder":               "decoders belong to inputs; an output has an encoder",
		"splitter":              "splitters belong to inputs",
		"format":                `formats became encoders: write encoder = "PayloadEncoder", "JsonEncoder" or "ProtobufEncoder", with a section for it`,
		"prefix_ts":             "it belongs to the encoder: write it in a section of type PayloadEncoder",
		"append_newlines":       "it belongs to the encoder: write it in a section of type PayloadEncoder",
		"payload_only":          `write encoder = "PayloadEncoder"`,
		"encoder_name":          "write encoder",
		"queue_full_action":     "write full_action in the buffering section",
		"queue_max_buffer_size": "write max_buffer_size in the buffering section",
	},
	plugin.KindDecoder: {
		"message_matcher": "decoders take what their input gives; message_matcher belongs to filters and outputs",
	},
	plugin.KindEncoder: {
		"message_matcher": "encoders take what their output gives; message_matcher belongs to filters and outputs",
		"use_framing":     "framing belongs to the output that uses the encoder",
	},
}

// lookupType finds a type, or says why it cannot be had.
func lookupType(name string) (info *plugin.Info, what, fix string) {
	if info, ok := plugin.Lookup(name); ok {
		return info, "", ""
	}
	if cure, gone := goneTypes[name]; gone {
		return nil, fmt.Sprintf("type %q was removed from Heka", name), cure
	}
	if slices.Contains(knownTypes, name) {
		return nil, fmt.Sprintf("type %q is not in this build", name), "remove the section, or use a hekad that has it; hekad plugins lists the types of this one"
	}
	what = fmt.Sprintf("there is no plugin type %q", name)
	kind, isKind := plugin.KindOf(name)
	var all, same []string
	for _, i := range plugin.All() {
		all = append(all, i.Name)
		if i.Kind == kind {
			same = append(same, i.Name)
		}
	}
	if near := nearest(name, all); near != "" {
		return nil, what, fmt.Sprintf("did you mean %q?", near)
	}
	if near := nearest(name, knownTypes); near != "" {
		return nil, what, fmt.Sprintf("did you mean %q, which is not in this build?", near)
	}
	if isKind && len(same) > 0 {
		return nil, what, fmt.Sprintf("%ss are %s", kind, strings.Join(same, ", "))
	}
	return nil, what, "hekad plugins lists the types that there are"
}
