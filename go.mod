module github.com/heka-project/heka

go 1.26

require github.com/itchyny/timefmt-go v0.1.9 // indirect
