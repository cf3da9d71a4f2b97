-- Counts the lines that hold something and tells each its number.
seen = 0

function process_message()
    local line = read_message("Payload")
    if #line > 0 then seen = seen + 1 end
    write_message("Fields[seen]", seen)
    return 0
end
