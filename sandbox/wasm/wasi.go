package wasm

import (
	"encoding/binary"
	"log/slog"
)

// wasi is wasi_snapshot_preview1 with nothing in it: no files, arguments,
// environment or network. Standard libraries start with it. What they write goes to
// the log, the time is the plugin's, and random numbers are not random: they are the
// same at each start of a plugin of that name.
var wasi = map[string]wasiFunction{
	"args_get":                {signature{"ii", "i"}, wasiOK},
	"args_sizes_get":          {signature{"ii", "i"}, wasiNone},
	"environ_get":             {signature{"ii", "i"}, wasiOK},
	"environ_sizes_get":       {signature{"ii", "i"}, wasiNone},
	"clock_res_get":           {signature{"ii", "i"}, wasiResolution},
	"clock_time_get":          {signature{"iIi", "i"}, wasiClock},
	"fd_advise":               {signature{"iIIi", "i"}, wasiBadFile},
	"fd_allocate":             {signature{"iII", "i"}, wasiBadFile},
	"fd_close":                {signature{"i", "i"}, wasiBadFile},
	"fd_datasync":             {signature{"i", "i"}, wasiBadFile},
	"fd_fdstat_get":           {signature{"ii", "i"}, wasiStat},
	"fd_fdstat_set_flags":     {signature{"ii", "i"}, wasiFlags},
	"fd_fdstat_set_rights":    {signature{"iII", "i"}, wasiBadFile},
	"fd_filestat_get":         {signature{"ii", "i"}, wasiBadFile},
	"fd_filestat_set_size":    {signature{"iI", "i"}, wasiBadFile},
	"fd_filestat_set_times":   {signature{"iIIi", "i"}, wasiBadFile},
	"fd_pread":                {signature{"iiiIi", "i"}, wasiBadFile},
	"fd_prestat_get":          {signature{"ii", "i"}, wasiBadFile},
	"fd_prestat_dir_name":     {signature{"iii", "i"}, wasiBadFile},
	"fd_pwrite":               {signature{"iiiIi", "i"}, wasiBadFile},
	"fd_read":                 {signature{"iiii", "i"}, wasiBadFile},
	"fd_readdir":              {signature{"iiiIi", "i"}, wasiBadFile},
	"fd_renumber":             {signature{"ii", "i"}, wasiBadFile},
	"fd_seek":                 {signature{"iIii", "i"}, wasiBadFile},
	"fd_sync":                 {signature{"i", "i"}, wasiBadFile},
	"fd_tell":                 {signature{"ii", "i"}, wasiBadFile},
	"fd_write":                {signature{"iiii", "i"}, wasiWrite},
	"path_create_directory":   {signature{"iii", "i"}, wasiBadFile},
	"path_filestat_get":       {signature{"iiiii", "i"}, wasiBadFile},
	"path_filestat_set_times": {signature{"iiiiIIi", "i"}, wasiBadFile},
	"path_link":               {signature{"iiiiiii", "i"}, wasiBadFile},
	"path_open":               {signature{"iiiiiIIii", "i"}, wasiBadFile},
	"path_readlink":           {signature{"iiiiii", "i"}, wasiBadFile},
	"path_remove_directory":   {signature{"iii", "i"}, wasiBadFile},
	"path_rename":             {signature{"iiiiii", "i"}, wasiBadFile},
	"path_symlink":            {signature{"iiiii", "i"}, wasiBadFile},
	"path_unlink_file":        {signature{"iii", "i"}, wasiBadFile},
	"poll_oneoff":             {signature{"iiii", "i"}, wasiPoll},
	"proc_exit":               {signature{"i", ""}, wasiExit},
	"proc_raise":              {signature{"i", "i"}, wasiMissing},
	"random_get":              {signature{"ii", "i"}, wasiRandom},
	"sched_yield":             {signature{"", "i"}, wasiYield},
	"sock_accept":             {signature{"iii", "i"}, wasiBadFile},
	"sock_recv":               {signature{"iiiiii", "i"}, wasiBadFile},
	"sock_send":               {signature{"iiiii", "i"}, wasiBadFile},
	"sock_shutdown":           {signature{"ii", "i"}, wasiBadFile},
}

type wasiFunction struct {
	sig signature
	fn  func(*Instance, []uint64)
}

// Numbers of errors.
const (
	errnoBadFile = 8
	errnoInvalid = 28
	errnoMissing = 52
)

func wasiOK(_ *Instance, a []uint64)      { a[0] = 0 }
func wasiYield(_ *Instance, a []uint64)   { a[0] = 0 }
func wasiBadFile(_ *Instance, a []uint64) { a[0] = errnoBadFile }
func wasiMissing(_ *Instance, a []uint64) { a[0] = errnoMissing }

func (in *Instance) put32(ptr uint64, x uint32) {
	binary.LittleEndian.PutUint32(in.bytes(ptr, 4), x)
}

// wasiNone tells that there are none, of no length.
func wasiNone(in *Instance, a []uint64) {
	in.put32(a[0], 0)
	in.put32(a[1], 0)
	a[0] = 0
}

func wasiResolution(in *Instance, a []uint64) {
	in.put64(a[1], 1_000_000)
	a[0] = 0
}

func wasiClock(in *Instance, a []uint64) {
	in.put64(a[2], uint64(in.opts.Now().UnixNano()))
	a[0] = 0
}

// wasiStat tells that the three standard files can be written to one after another.
func wasiStat(in *Instance, a []uint64) {
	if uint32(a[0]) > 2 {
		a[0] = errnoBadFile
		return
	}
	b := in.bytes(a[1], 24)
	clear(b)
	b[0] = 2 // character device
	if a[0] != 0 {
		b[8] = 1 << 6 // fd_write
	}
	a[0] = 0
}

func wasiFlags(_ *Instance, a []uint64) {
	if uint32(a[0]) > 2 {
		a[0] = errnoBadFile
		return
	}
	a[0] = 0
}

// wasiWrite writes to the log what goes to standard output and error. The latter is
// also kept, in case the module is about to give up.
func wasiWrite(in *Instance, a []uint64) {
	fd := uint32(a[0])
	if fd != 1 && fd != 2 {
		a[0] = errnoBadFile
		return
	}
	n := uint32(a[2])
	if n > 1024 {
		a[0] = errnoInvalid
		return
	}
	total := uint32(0)
	var line []byte
	list := in.bytes(a[1], uint64(n)*8)
	for ; len(list) >= 8; list = list[8:] {
		b := in.bytes(uint64(binary.LittleEndian.Uint32(list)), uint64(binary.LittleEndian.Uint32(list[4:])))
		total += uint32(len(b))
		line = append(line, b[:min(len(b), maxLine-len(line))]...)
	}
	in.put32(a[3], total)
	a[0] = 0
	if fd == 1 {
		in.say(slog.LevelInfo, line)
		return
	}
	in.stderr = append(in.stderr, line[:min(len(line), 200-min(200, len(in.stderr)))]...)
	if len(line) > 1 {
		in.say(slog.LevelWarn, line)
	}
}

// wasiPoll answers that every time that is waited for has come: nothing sleeps here.
func wasiPoll(in *Instance, a []uint64) {
	n := uint32(a[2])
	if n == 0 || n > 1024 {
		a[0] = errnoInvalid
		return
	}
	subs, out := in.bytes(a[0], uint64(n)*48), in.bytes(a[1], uint64(n)*32)
	for i := range int(n) {
		s, o := subs[i*48:i*48+48], out[i*32:i*32+32]
		user, kind := binary.LittleEndian.Uint64(s), s[8]
		clear(o)
		binary.LittleEndian.PutUint64(o, user)
		o[10] = kind
		if kind != 0 {
			o[8] = errnoBadFile
		}
	}
	in.put32(a[3], n)
	a[0] = 0
}

func wasiExit(in *Instance, a []uint64) { in.throw("", "exited with status %d", uint32(a[0])) }

func wasiRandom(in *Instance, a []uint64) {
	in.random.Read(in.bytes(a[0], a[1]))
	a[0] = 0
}
