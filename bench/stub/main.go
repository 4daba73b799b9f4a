// Command stub is the API behind the servers that bench compares: it answers a
// client, a list of clients (20 KB) or the key's team, always the same, after a
// delay that PUT /delay/20ms sets. It has none of the sandbox's cost.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8091", "address to listen at")
	flag.Parse()
	var delay atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /delay/{long}", func(w http.ResponseWriter, r *http.Request) {
		long, err := time.ParseDuration(r.PathValue("long"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		delay.Store(int64(long))
	})
	answer := func(path string, data any, more string) {
		body := envelope(data, more)
		mux.HandleFunc("GET /v2"+path, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Duration(delay.Load()))
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		})
	}
	var list []any
	for i := range 20 {
		list = append(list, client(i))
	}
	answer("/clients/{id}", client(1), "")
	answer("/clients", list, `,"next":"client_0000000019","has_more":true,"total_results":4321`)
	log.Fatal(http.ListenAndServe(*addr, mux))
}

// envelope is gigstack's, around data and with more beside it.
func envelope(data any, more string) []byte {
	raw, err := json.Marshal(data)
	if err != nil {
		log.Fatal(err)
	}
	return fmt.Appendf(nil, `{"success":true,"message":"Operation completed successfully","data":%s%s}`, raw, more)
}

// client is a made-up one of about 1 KB, in the documented shape.
func client(i int) any {
	return map[string]any{
		"id": fmt.Sprintf("client_%010d", i), "name": "Cecilia Miranda", "company": "Empresa SA de CV",
		"email": "cecilia.miranda@example.com", "phone": "+52 55 1234 5678", "bcc": []string{"pagos@example.com", "contador@example.com"},
		"legal_name": "CECILIA MIRANDA SANCHEZ", "tax_id": "MISC491214B86", "tax_system": "612", "use": "G03",
		"address": map[string]any{"country": "MEX", "street": "Av. Insurgentes Sur", "exterior": "123", "interior": "4B", "neighborhood": "Del Valle",
			"municipality": "Benito Juárez", "city": "Ciudad de México", "state": "CDMX", "zip": "03100"},
		"metadata": map[string]any{"crm_id": fmt.Sprint("C-", i), "note": "Prefers to be called in the morning; pays by transfer at the end of the month, and wants every invoice in one mail."},
		"is_valid": true, "efos": map[string]any{"is_valid": true},
		"defaults":   map[string]any{"keep_full_legal_name": false, "issue_automatic_invoices": false, "issue_invoiceable_receipts": true},
		"livemode":   false,
		"created_at": 1730419200, "team": "team_1234567890", "owner": "user_1234567890", "from": "api",
	}
}
