-- Writes each field as name=value, in the order of the message.
function process_message()
    while true do
        local typ, name, value = read_next_field()
        if not typ then break end
        add_to_payload(name, "=", value, " ")
    end
    inject_payload("txt", "", "\n")
    return 0
end
