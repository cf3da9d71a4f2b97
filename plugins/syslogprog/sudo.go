package syslogprog

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

func text(name string) message.FieldHead { return message.NewFieldHead(name, message.String, "") }

var (
	userName    = text("user_name")
	sudoMessage = text("sudo_message")
	sudoKeys    = [...]struct {
		key  string
		head message.FieldHead
	}{
		{"TTY=", text("sudo_tty")}, {"PWD=", text("sudo_pwd")}, {"USER=", text("sudo_user")}, {"GROUP=", text("sudo_group")},
		{"TSID=", text("sudo_tsid")}, {"ENV=", text("sudo_env")}, {"CHROOT=", text("sudo_chroot")}, {"HOST=", text("sudo_host")},
		{"COMMAND=", text("sudo_command")},
	}
)

// sudo reads
//
//	alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls -l
//	alice : command not allowed ; TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls
//
// The command is the last and may hold anything.
func sudo(b []byte, out *message.Builder) bool {
	user, rest, ok := bytes.Cut(b, []byte(" : "))
	if !ok || len(user) == 0 {
		return false
	}
	known := false
	for first := true; len(rest) > 0; first = false {
		k := sudoKey(rest)
		if k < 0 {
			if !first {
				return known
			}
			word, behind, _ := bytes.Cut(rest, []byte(" ; "))
			out.PutText(&userName, message.Borrow(user))
			out.PutText(&sudoMessage, message.Borrow(word))
			known, rest = true, behind
			continue
		}
		if !known {
			out.PutText(&userName, message.Borrow(user))
			known = true
		}
		v := rest[len(sudoKeys[k].key):]
		if k == len(sudoKeys)-1 {
			rest = nil
		} else {
			v, rest, _ = bytes.Cut(v, []byte(" ; "))
		}
		out.PutText(&sudoKeys[k].head, message.Borrow(v))
	}
	return known
}

func sudoKey(b []byte) int {
	for k := range sudoKeys {
		if bytes.HasPrefix(b, []byte(sudoKeys[k].key)) {
			return k
		}
	}
	return -1
}
