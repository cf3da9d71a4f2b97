-- The module re.
local re, m = require "re", require "lpeg"
local function show(v)
    if type(v) ~= "table" then return tostring(v) end
    local keys, t = {}, {}
    for k in pairs(v) do keys[#keys + 1] = k end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, k in ipairs(keys) do t[i] = tostring(k) .. "=" .. show(v[k]) end
    return "{" .. table.concat(t, ", ") .. "}"
end
local function try(f, ...)
    local function pack(...) return select("#", ...), {...} end
    local n, r = pack(pcall(f, ...))
    local t = {}
    for i = 1, n do t[i] = type(r[i]) == "userdata" and "userdata" or show(r[i]) end
    print((table.concat(t, " "):gsub("[%w./]+:%d+: ", "")))
end
local function match(...) try(re.match, ...) end
match("a", ".") match("a", "''") match("", "!.") match("a", "!.") match("abcde", "ab / cd") match("cd", "'ab' / \"cd\"") match("abab", "('ab')*") match("aaa", "'a'+ !.") match("ab", "'a'? 'b'") match("b", "'a'? 'b'") match("aaaa", "'a'^3") match("aaaa", "'a'^+2") match("aaaa", "'a'^-2") match("a", "'a'^0") match("aaa", "'a'^10")
match("hello world", "{%w+} %s {%w+}") match("x1", "{[a-z]} {[0-9]}") match("]-^", "{[]-^]+}") match("-a", "{[a-]+}") match("^", "[%^]") match("ab^", "{[^^]+}") match("%", "[%]") match("a%b", "{[a%]+}") match("9z", "{[%d]} {[^%d]}") match("tab\t", "[%a]+ [%s]") match("é", "{.} {.}")
match("ab", "{}'a'{}'b'{}") match("ab", "{ {'a'} {'b'} }") match("ab", "{| {'a'} {:n: 'b' :} |}") match("ab", "{: 'a' :} 'b'") match("ab", "{:x: 'a' :} =x") match("aa", "{:x: 'a' :} =x") match("aba", "{:x: . :} . =x") match("hello", "{~ 'h' -> 'j' .* ~}") match("hello", "{~ ('l' -> 'L' / .)* ~}") match("abc", "{.} {.} -> '%1%1'") match("abc", "({.} {.}) -> '%2%1'") match("abc", "({.} {.}) -> 2") match("abc", "{.} -> {}") match("abc", "({.}+) -> {}") match("abc", ". -> 0")
try(function() return re.compile("{.} -> f", {f = string.upper}):match "a" end) try(function() return re.compile("{.} -> t", {t = {a = 1}}):match "a" end) try(function() return re.compile("{.} => f", {f = function(s, i, c) return i + 1, c .. c end}):match "abc" end) try(function() return re.compile("({.}+) ~> f", {f = function(a, b) return b .. a end}):match "abc" end) try(function() return re.compile("%x+ !.", {x = m.P "ab"}):match "abab" end) try(function() return re.compile("[%x0-9]+", {x = m.S "ab"}):match "a1b" end)
match("((a))", "S <- '(' S ')' / 'a'") match("1+2*3", "E <- {| T ('+' T)* |}  T <- {| F ('*' F)* |}  F <- { [0-9]+ }") match("aabb", "S <- 'a' B / 'b' A / ''  A <- 'a' S / 'b' A A  B <- 'b' S / 'a' B B") match("ab", "S <- <A> <B>  A <- 'a'\n -- comment\n B <- 'b'") match("xay", "'x' (A <- 'a') 'y'") match("ab", "A <- B <- 'a' 'b'")
match("a", "&'a' .") match("a", "!'b' .") match("a", "&&'a' .") match("a", "!!'a' .") match("a", "& 'a' .") match("ab", " 'a' -- comment\n 'b' ") match("\n", "%nl") match("aB", "%l%u") match("a", "%A") match("1", "%A %D") match("1", "%A")
match("x", "a") match("x", "%foo") match("x", "'a") match("x", "(a") match("x", "[a") match("x", "{a") match("x", "{:a") match("x", "") match("x", ")") match("x", "'a' )") match("x", "'a' $ 'b' a long text after it") match("x", "'a' ->") match("x", "'a' -> x") match("x", "'a' => x") match("x", "'a' ^") match("x", "'a' ^+") match("x", "a <- b") match("x", "a <- 'a' a <- 'b'") match("x", "a <- a") match("x", "a <- ''*") match("x", "('' / 'a')*") match("x", "''+") match("x", "<a>") match("x", "<a") match("x", "= 'a'") match("x", "=y") match("x", "&") match("x", "!") match("x", "/") match("x", "'a' / ") match("x", "%") match("x", "{~ 'a'") match("x", "{| 'a'")
try(re.find, "hello world", "world") try(re.find, "hello", "x") try(re.find, "hello", "l", 4) try(re.find, "hello", "l", 5) try(re.find, "hello", "{l}") try(re.find, "hello", "''") try(re.find, "", "''") try(re.find, "hello", "'l'+") try(re.find, "hello", "!.") try(re.find, "hello", m.P "lo")
try(re.gsub, "hello", "'l'", "L") try(re.gsub, "hello", "{.}", "%1%1") try(re.gsub, "hello", "[aeiou]", "") try(re.gsub, "hello", "[aeiou]", string.upper) try(re.gsub, "hello", "[aeiou]", {e = "E"}) try(re.gsub, "hello", "''", "x") try(re.gsub, "hello", ".", ".") try(re.gsub, "hello", "'l'", 0) try(re.gsub, "hello", "'l'")
try(re.compile, m.P(1)) try(re.compile, 12) try(re.match, "abc", ".", 3) try(re.match, "abc", ".", 10) try(re.match, "abc", "{.}", -1) print(re.compile(m.P "x") == re.compile(m.P "x"), m.type(re.compile ".")) re.updatelocale() match("a", "%a")
