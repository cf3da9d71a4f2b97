// The functions of the host for modules in C: docs/sandbox/wasm.md has the table.
#ifndef HEKA_H
#define HEKA_H

#include <stdint.h>

#define HEKA(name) __attribute__((import_module("heka"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))

enum { HEKA_NONE = -1, HEKA_TYPE = -2, HEKA_REFUSED = -3 };
enum { HEKA_STRING, HEKA_BYTES, HEKA_INT, HEKA_DOUBLE, HEKA_BOOL, HEKA_DELETE = -1 };
enum { HEKA_DEBUG, HEKA_INFO, HEKA_WARNING, HEKA_ERROR };

HEKA(read_config) int32_t read_config(const char *name, uint32_t name_len, char *buf, uint32_t buf_len);
HEKA(read_message) int32_t read_message(const char *name, uint32_t name_len, int32_t field_index, int32_t array_index, char *buf, uint32_t buf_len);
HEKA(read_int) int32_t read_int(const char *name, uint32_t name_len, int32_t field_index, int32_t array_index, int64_t *out);
HEKA(read_double) int32_t read_double(const char *name, uint32_t name_len, int32_t field_index, int32_t array_index, double *out);
HEKA(next_field) int32_t next_field(char *buf, uint32_t buf_len, int32_t out[3]);
HEKA(write_message) int32_t write_message(const char *name, uint32_t name_len, int32_t type, const void *value, uint32_t value_len, const char *repr, uint32_t repr_len, int32_t field_index, int32_t array_index);
HEKA(inject_message) int32_t inject_message(const void *msg, uint32_t msg_len);
HEKA(inject_payload) int32_t inject_payload(const char *type, uint32_t type_len, const char *name, uint32_t name_len, const char *text, uint32_t text_len);
HEKA(set_error) void set_error(const char *text, uint32_t text_len);
HEKA(log) void heka_log(int32_t level, const char *text, uint32_t text_len);
HEKA(now) int64_t heka_now(void);
HEKA(state_write) void state_write(const void *data, uint32_t data_len);
HEKA(state_read) int32_t state_read(uint32_t offset, void *buf, uint32_t buf_len);

// A constant with its length, as two arguments.
#define TEXT(s) (s), sizeof(s) - 1

#endif
