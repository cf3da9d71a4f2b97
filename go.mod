module github.com/heka-project/heka

go 1.26

require github.com/klauspost/compress v1.20.3

require github.com/itchyny/timefmt-go v0.1.9 // indirect
