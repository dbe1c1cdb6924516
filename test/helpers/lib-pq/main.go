// What an audit must count right of Go's lib/pq: five units of an INSERT and a SELECT, alone or in transactions.
package main

import (
	"database/sql"
	"log"
	"os"

	_ "github.com/lib/pq"
)

type runner interface {
	Exec(query string, args ...any) (sql.Result, error)
	QueryRow(query string, args ...any) *sql.Row
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func unit(on runner, id int) {
	_, err := on.Exec("INSERT INTO audited (id, name) VALUES ($1, $2)", id, "a name")
	must(err)
	var count int
	must(on.QueryRow("SELECT count(*) FROM pg_class WHERE oid = $1", id).Scan(&count))
}

func main() {
	db, err := sql.Open("postgres", "sslmode=disable")
	must(err)
	db.SetMaxOpenConns(1)
	for id := 0; id < 5; id++ {
		if os.Args[1] == "alone" {
			unit(db, id)
			continue
		}
		tx, err := db.Begin()
		must(err)
		unit(tx, id)
		must(tx.Commit())
	}
	must(db.Close())
}
