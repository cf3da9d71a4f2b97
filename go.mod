module github.com/heka-project/heka

go 1.26

require github.com/klauspost/compress v1.20.3
