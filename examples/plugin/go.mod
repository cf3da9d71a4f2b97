module example.com/topfilter

go 1.26.0

require github.com/heka-project/heka v0.0.0

replace github.com/heka-project/heka => ../..
