local annotation = require "annotation"

function process_message()
    local a = annotation.create(5.5e9, 2, "A", "text")
    assert(a.x == 5500 and a.col == 2 and a.shortText == "A" and a.text == "text")
    assert(annotation.prune("nothing", 0) == nil)
    annotation.add("g", 1e9, 1, "A", "first")
    annotation.add("g", 60e9, 1, "M", 'with "quotes"')
    add_to_payload(annotation.prune("g", 60e9))
    annotation.set_prune("g", 30e9)
    add_to_payload(annotation.prune("g", 80e9))
    add_to_payload(annotation.prune("g", 90e9))
    annotation.concat("g", {annotation.create(5e9, 2, "A", "old"), annotation.create(90e9, 2, "A", "new")})
    annotation.concat("g", nil)
    assert(#_ANNOTATIONS.g.annotations == 2)
    annotation.prune("g", 90e9)
    assert(#_ANNOTATIONS.g.annotations == 1)
    annotation.remove("g")
    assert(_ANNOTATIONS.g == nil)
    inject_payload("json", "notes")
    return 0
end
