package syntax

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isHex(c byte) bool   { return c-'0' <= 9 || (c|0x20)-'a' < 6 }
func isAlnum(c byte) bool { return c-'0' <= 9 || (c|0x20)-'a' < 26 }
