-- Every option and message of lua-cjson.
local j = require "cjson"
print(j._NAME, j._VERSION, type(j.null))
local function e(f,...) print(pcall(f,...)) end
e(j.encode) e(j.encode,1,2) e(j.decode) e(j.decode,1,2) e(j.decode,{}) e(j.encode,print) e(j.encode,{[true]=1}) e(j.encode,{[1]=1,[20]=2}) e(j.encode,{[1]=1,[10]=2}) e(j.encode,1/0) e(j.encode,0/0)
e(j.encode_invalid_numbers,true) e(j.encode,{1/0,-1/0,0/0}) e(j.encode_invalid_numbers,"null") e(j.encode,{1/0}) e(j.encode_invalid_numbers) e(j.encode_invalid_numbers,"x") e(j.encode_invalid_numbers,1) e(j.encode_invalid_numbers,false) e(j.encode_invalid_numbers,nil) e(j.encode_invalid_numbers,true,false)
e(j.encode_max_depth) e(j.encode_max_depth,0) e(j.encode_max_depth,5) e(j.encode,{{{{{{}}}}}}) e(j.encode_max_depth,"a") e(j.encode_max_depth,1000) e(j.decode_max_depth,3) e(j.decode,"[[[[]]]]") e(j.decode_max_depth,1000) e(j.decode_max_depth,2^40) 
e(j.encode_number_precision) e(j.encode_number_precision,17) e(j.encode_number_precision,3) e(j.encode,1234567.891) e(j.encode,0.1) e(j.encode_number_precision,1)e(j.encode,1234567.891) e(j.encode,1e100) e(j.encode,-0.00001234) e(j.encode_number_precision,14) e(j.encode_number_precision,0) e(j.encode_number_precision,15)
e(j.encode_sparse_array) e(j.encode_sparse_array,true) e(j.encode,{[1]=1,[20]=2}) e(j.encode_sparse_array,true,0) e(j.encode_sparse_array,true,2,3) e(j.encode_sparse_array,"x") e(j.encode_sparse_array,false,-1) e(j.encode_sparse_array,1,2,3,4) e(j.encode_sparse_array,false,2,10)
e(j.encode_keep_buffer) e(j.encode_keep_buffer,false) e(j.encode_keep_buffer,"on") e(j.encode_keep_buffer,true) e(j.encode_keep_buffer,1)
e(j.encode,"a\0\1\b\t\n\f\r\27\"\\/\127\200") e(j.encode,{}) e(j.encode,{a={}}) e(j.encode,{1,nil,3}) e(j.encode,{1.5,[2.5]=1}) e(j.encode,{[1]=1,x=2}) e(j.encode,{[-1]=1}) e(j.encode,{[0]=1}) e(j.encode,nil) e(j.encode,j.null) e(j.encode,io.stdout) e(j.encode,coroutine.create(function() end))
e(j.encode,{[1e15]=1,a=1})e(j.encode,1e15) e(j.encode,123456789012345678) e(j.encode,true) e(j.encode,-0) e(j.encode,2^53)
local bad={"","{","[","}","]","{\"a\"","{\"a\":","{\"a\":1","{\"a\":1,","{\"a\":1,}","[1","[1,","[1,]","{1:2}","{a:1}","nul","tru","fals","nan","NaN","inf","-inf","Infinity","-Infinity","+1","-","01","-01","1.","1.e5",".5","1e","1e+","0x10","-0x10","0x","\"","\"a","\"\\","\"\\x\"","\"\\u12\"","\"\\u123g\"","\"\\ud800\"","\"\\ud800\\u0020\"","\"\\udc00\"","\"\\ud834\\udd1e\"","\"\\u0000\"","\"\\u00e9\\u20ac\"","1 2","[1]]","{} x","null","true","false","\"a\0b\"","1\0","\0001","a\0","  [ 1 , 2 ]  ","\"\t\n\"","[1 2]","{\"a\" 1}","{\"a\":1 \"b\":2}","/","'a'","nanx","nullx","1x","1.5.5","-a","1e5","1E-5","123456789012345678901234567890","1e999","-1e999","[nan]","[nAn]","[iNfiNitY]","[infx]","nan(abc)","0x1p4","0x.8","\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"","\239\187\191[]","[,]","[1,,2]","{\"a\":1,\"a\":2}","{,}","[0]","[-0]","00","0.0","-0.5","\"\\u\"","\"\\uD83D\\uDE00\"","{\"a\":nul}","tRue","TRUE","Null","n","t","f","i","-i","- 1","--1","[\"a]","\"\128\255\""}
local function s(v) if type(v)=="table" then local t={} for k,x in pairs(v) do t[#t+1]=tostring(k)..":"..s(x) end return "{"..table.concat(t,",").."}" end return type(v)..":"..tostring(v) end
for pass=1,2 do for i,b in ipairs(bad) do local ok,v=pcall(j.decode,b) print(i,pass,ok,ok and s(v) or v) end print(pcall(j.decode_invalid_numbers,false)) end
e(j.decode_invalid_numbers) e(j.decode_invalid_numbers,"null") e(j.decode_invalid_numbers,"on") 
local n=j.new() print(n~=j, n.null==j.null, n.null, tostring(j.null)) n.encode_max_depth(2) e(n.encode,{{{}}}) e(j.encode,{{{}}})
local sf=require"cjson.safe" print(sf._NAME) e(sf.encode,print) e(sf.decode,"{") print(#sf.decode("[1]")) e(sf.decode) e(sf.encode,{1})
e(j.decode,string.rep("[",1001)) print(#j.decode(string.rep("[",1000)..string.rep("]",1000))) e(j.encode,{a=1,b=2,c=3,d=4,e=5,f=6,g=7})
e(j.encode,j.decode('{"z":1,"y":2,"x":3,"w":{"q":1,"r":[1,2,3,{"a":null}]},"v":5,"u":6,"t":7,"s":8,"r":9}'))
