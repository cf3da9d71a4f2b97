// A filter: counts the status of web requests by hundreds, and tells at every tick.
// What it counted outlives a restart with preserve_data = true.
#include "heka.h"

static uint64_t counts[6]; // 0 is what is no status

EXPORT(process_message) int32_t process_message(void) {
    int64_t status;
    if (read_int(TEXT("Fields[status]"), 0, 0, &status) != 0) {
        set_error(TEXT("message has no number in the field status"));
        return -1;
    }
    counts[status >= 100 && status <= 599 ? status / 100 : 0]++;
    return 0;
}

static char *put(char *to, const char *text) {
    while (*text) *to++ = *text++;
    return to;
}

static char *number(char *to, uint64_t n) {
    char digits[20];
    int k = 0;
    do digits[k++] = '0' + n % 10; while (n /= 10);
    while (k) *to++ = digits[--k];
    return to;
}

EXPORT(timer_event) void timer_event(int64_t ns) {
    char text[256], *end = text;
    for (int i = 0; i < 6; i++) {
        if (!counts[i]) continue;
        end = i ? put(number(end, i), "xx\t") : put(end, "other\t");
        end = put(number(end, counts[i]), "\n");
    }
    inject_payload(TEXT("txt"), TEXT("status"), text, end - text);
}

EXPORT(heka_state_version) int32_t heka_state_version(void) { return 1; }

EXPORT(heka_save) int32_t heka_save(void) {
    state_write(counts, sizeof counts);
    return 0;
}

EXPORT(heka_restore) int32_t heka_restore(int32_t len) {
    return len == sizeof counts && state_read(0, counts, sizeof counts) == len ? 0 : -1;
}
