// A decoder: lines of the form key=value key="a longer value". msg becomes the
// payload, level the severity, a whole number an integer.
#include "heka.h"

static char line[1 << 16], field[256], value[1 << 16];

static int same(const char *a, uint32_t n, const char *b) {
    while (n && *b && *a == *b) a++, b++, n--;
    return n == 0 && *b == 0;
}

static int64_t severity(const char *v, uint32_t n) {
    if (same(v, n, "fatal") || same(v, n, "panic")) return 2;
    if (same(v, n, "error")) return 3;
    if (same(v, n, "warn") || same(v, n, "warning")) return 4;
    if (same(v, n, "info")) return 6;
    return 7;
}

static int integer(const char *v, uint32_t n, int64_t *x) {
    int minus = n > 1 && *v == '-';
    if (minus) v++, n--;
    if (n == 0 || n > 18) return 0;
    for (*x = 0; n; v++, n--) {
        if (*v < '0' || *v > '9') return 0;
        *x = *x * 10 + (*v - '0');
    }
    if (minus) *x = -*x;
    return 1;
}

static void pair(const char *key, uint32_t key_len, const char *v, uint32_t n) {
    int64_t x;
    if (same(key, key_len, "msg")) {
        write_message(TEXT("Payload"), HEKA_STRING, v, n, 0, 0, 0, 0);
        return;
    }
    if (same(key, key_len, "level")) {
        x = severity(v, n);
        write_message(TEXT("Severity"), HEKA_INT, &x, sizeof x, 0, 0, 0, 0);
        return;
    }
    if (key_len > sizeof field - 8) return;
    char *to = field;
    for (const char *s = "Fields["; *s; s++) *to++ = *s;
    for (uint32_t i = 0; i < key_len; i++) *to++ = key[i];
    *to++ = ']';
    if (integer(v, n, &x))
        write_message(field, to - field, HEKA_INT, &x, sizeof x, 0, 0, 0, 0);
    else
        write_message(field, to - field, HEKA_STRING, v, n, 0, 0, 0, 0);
}

EXPORT(process_message) int32_t process_message(void) {
    int32_t len = read_message(TEXT("Payload"), 0, 0, line, sizeof line);
    if (len > (int32_t)sizeof line) {
        set_error(TEXT("line is too long"));
        return -1;
    }
    int pairs = 0;
    for (int32_t at = 0; at < len;) {
        if (line[at] == ' ' || line[at] == '\n' || line[at] == '\r') {
            at++;
            continue;
        }
        int32_t key = at;
        while (at < len && line[at] != '=' && line[at] != ' ') at++;
        if (at >= len || line[at] != '=' || at == key) break;
        int32_t key_len = at++ - key;
        uint32_t n = 0;
        if (at < len && line[at] == '"') {
            for (at++; at < len && line[at] != '"'; at++) {
                if (line[at] == '\\' && at + 1 < len) at++;
                value[n++] = line[at];
            }
            at++;
        } else {
            while (at < len && line[at] != ' ' && line[at] != '\n' && line[at] != '\r') value[n++] = line[at++];
        }
        pair(line + key, key_len, value, n);
        pairs++;
    }
    if (!pairs) {
        set_error(TEXT("line has no key=value"));
        return -1;
    }
    write_message(TEXT("Type"), HEKA_STRING, TEXT("logfmt"), 0, 0, 0, 0);
    return 0;
}
