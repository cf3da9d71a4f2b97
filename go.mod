module github.com/heka-project/heka

go 1.26
