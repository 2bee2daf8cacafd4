package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// docs has the comments of struct fields, as one line, by type and field, such
// as "Stream.SwarmID".
type docs map[string]string

// readDocs reads the comments of a Go file.
func readDocs(path string) (docs, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	all := docs{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if fields, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					all[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
				}
			}
		}
		return false
	})
	return all, nil
}
