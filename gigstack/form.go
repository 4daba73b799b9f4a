package gigstack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"slices"
)

// encodeForm writes fields as multipart/form-data in the order of their names: a
// file is an object here, every other field a scalar.
func encodeForm(fields map[string]json.RawMessage) (body []byte, contentType string, err error) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !bytes.HasPrefix(fields[name], []byte("{")) {
			err = form.WriteField(name, text(fields[name]))
		} else {
			err = writeFile(form, name, fields[name])
		}
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
	}
	err = form.Close() // writes the last boundary
	return b.Bytes(), form.FormDataContentType(), err
}

func writeFile(form *multipart.Writer, field string, raw json.RawMessage) error {
	var f File
	if err := json.Unmarshal(raw, &f); err != nil {
		return err
	}
	if len(f.Content) == 0 {
		return fmt.Errorf("the file has no content")
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": field, "filename": f.Name}))
	header.Set("Content-Type", f.MediaType)
	part, err := form.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = part.Write(f.Content)
	return err
}

// decodeForm is encodeForm backwards: a form that arrived, as JSON.
func decodeForm(contentType string, body []byte) ([]byte, error) {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	form := multipart.NewReader(bytes.NewReader(body), parameters["boundary"])
	fields := map[string]any{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return json.Marshal(fields)
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if part.FileName() == "" {
			fields[part.FormName()] = string(content)
			continue
		}
		fields[part.FormName()] = File{Name: part.FileName(), MediaType: part.Header.Get("Content-Type"), Content: content}
	}
}
