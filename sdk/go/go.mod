module github.com/snapback/snapback-go

go 1.24.0
