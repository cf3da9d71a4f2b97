local b=require"bit"
local function e(f,...) print(pcall(f,...)) end
e(b.tobit) e(b.tobit,"x") e(b.tobit,2^32+5) e(b.tobit,-2^31-1) e(b.tobit,1.5) e(b.tobit,2.5) e(b.tobit,-1.5) e(b.tobit,1/0) e(b.tobit,2^53) e(b.tohex,-1) e(b.tohex,255,4) e(b.tohex,255,-4) e(b.tohex,255,0) e(b.tohex,1,20) e(b.band) e(b.band,1) e(b.band,7,3,1) e(b.bor,1,2,4) e(b.bxor,1,3) e(b.bnot,0) e(b.lshift,1,33) e(b.rshift,-1,1) e(b.arshift,-8,1) e(b.rol,0x12345678,12) e(b.ror,0x12345678,12) e(b.bswap,0x12345678) e(b.lshift,1) e(b.tobit,"10") e(b.tobit,2^40+0.5)  e(b.tobit,-2^40-7)
e(b.band,"a",1) e(b.band,1,nil) e(b.tohex) e(b.lshift,1,-1) e(b.tobit, 2^51) e(b.tobit,2^52+1) e(b.tobit,-(2^52)-1) e(b.tobit,2^60+2^20)
e(b.tobit,0/0)
