package config

import (
	"fmt"
	"time"
)

// CatalogTask is what the catalogs command is to do: load lists.
type CatalogTask struct {
	Files []string
	Date  string // day of the lists, 2006-01-02; "" for the day each file was last changed
}

type catalogFlags struct {
	Load struct {
		Files []string `arg:"" name:"file" help:"c_ClaveProdServ or c_ClaveUnidad, as TSV or CSV, also in gzip; the first row names the columns."`
		Date  string   `name:"date" placeholder:"DAY" help:"Day of the lists, as 2026-08-06; the day a file was last changed when absent."`
	} `cmd:"" help:"Load the SAT's whole lists of product and unit keys, for find_sat_key."`
}

// task checks the flags of the command in words; the task is empty for another one.
func (f catalogFlags) task(words []string, report func(string, error)) CatalogTask {
	if Command(words[0]) != Catalogs {
		return CatalogTask{}
	}
	if _, err := time.Parse(time.DateOnly, f.Load.Date); f.Load.Date != "" && err != nil {
		report("--date", fmt.Errorf("%q is no day such as 2026-08-06", f.Load.Date))
	}
	return CatalogTask{f.Load.Files, f.Load.Date}
}
