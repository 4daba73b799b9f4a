package sandbox

import (
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeServices() {
	serve(s, gigstack.ListServices, (*call).listServices)
	serve(s, gigstack.GetService, (*call).getService)
	serve(s, gigstack.CreateService, (*call).createService)
	serve(s, gigstack.UpdateService, (*call).updateService)
	serve(s, gigstack.DeleteService, (*call).deleteService)
}

func (c *call) listServices(in gigstack.ListServicesInput) (gigstack.Page[gigstack.Service], error) {
	return page(&c.world().services, in.Paging, in.ListFilter, func(v *gigstack.Service) listed {
		return listed{v.CreatedAt, v.Description, v.Metadata}
	}, nil)
}

func (c *call) getService(in gigstack.ServiceRef) (gigstack.Service, error) {
	return copied(c.service(in.ID))
}

func (c *call) service(id string) (*gigstack.Service, error) {
	return c.world().services.find("Service", id)
}

func (c *call) createService(in gigstack.CreateServiceInput) (v gigstack.Service, err error) {
	if strings.TrimSpace(in.Description) == "" {
		return v, invalid("description", "description is required")
	}
	v = gigstack.Service{
		ID:          c.sandbox.newID("service"),
		Description: in.Description,
		UnitPrice:   in.UnitPrice,
		SKU:         orElse(in.SKU, ""),
		ProductKey:  string(orElse(in.ProductKey, orElse(c.team.settings.ProductKey.Value, "80141503"))),
		UnitKey:     orElse(in.UnitKey, orElse(c.team.settings.UnitKey.Value, "E48")),
		UnitName:    orElse(in.UnitName, orElse(c.team.settings.UnitName.Value, "Servicio")),
		Quantity:    new(orElse(in.Quantity, gigstack.Dec("1"))),
		Taxability:  string(orElse(in.Taxability, "02")),
		Taxes:       storeTaxes(in.Taxes),
		Metadata:    in.Metadata,
		Team:        c.team.ID,
		From:        "api",
		Livemode:    c.key.live,
		CreatedAt:   gigstack.SecondsOf(c.now),
	}
	c.created()
	stored := c.world().services.add(v.ID, v)
	c.emit("service.created", stored)
	return *stored, nil
}

func (c *call) updateService(in gigstack.UpdateServiceInput) (v gigstack.Service, err error) {
	service, err := c.service(in.ID)
	if err != nil {
		return v, err
	}
	set(&service.Description, in.Description)
	set(&service.UnitPrice, in.UnitPrice)
	set(&service.SKU, in.SKU)
	setAs(&service.ProductKey, in.ProductKey)
	set(&service.UnitKey, in.UnitKey)
	set(&service.UnitName, in.UnitName)
	setAs(&service.Taxability, in.Taxability)
	if in.Quantity != nil {
		service.Quantity = in.Quantity
	}
	if in.Taxes != nil {
		service.Taxes = storeTaxes(in.Taxes)
	}
	if in.Metadata != nil {
		service.Metadata = in.Metadata
	}
	c.emit("service.updated", service)
	return *service, nil
}

func (c *call) deleteService(in gigstack.ServiceRef) (v gigstack.Deleted, err error) {
	service, err := c.service(in.ID)
	if err != nil {
		return v, err
	}
	c.world().services.remove(in.ID)
	c.emit("service.deleted", service)
	return v, nil
}

// storeTaxes is taxes as gigstack keeps them, with its defaults filled in.
func storeTaxes(in []gigstack.TaxInput) []gigstack.Tax {
	var taxes []gigstack.Tax
	for _, t := range in {
		taxes = append(taxes, gigstack.Tax{
			Type:        strings.ToUpper(string(t.Type)),
			Rate:        t.Rate,
			Factor:      string(orElse(t.Factor, "Tasa")),
			Base:        gigstack.Scalar(orElse(t.Base, "01")),
			Inclusive:   orElse(t.Inclusive, false),
			Withholding: orElse(t.Withholding, false),
		})
	}
	return taxes
}

// orElse is what p points to, or otherwise.
func orElse[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// set changes a stored field where the call sent a value for it.
func set[T any](field, sent *T) {
	if sent != nil {
		*field = *sent
	}
}

// setAs is set for a text whose input has a type of its own.
func setAs[T ~string](field *string, sent *T) {
	if sent != nil {
		*field = string(*sent)
	}
}
