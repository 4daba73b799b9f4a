package catalogs

// Names of the catalogues.
const (
	TaxRegimes            = "tax-regimes"
	PaymentForms          = "payment-forms"
	CFDIUses              = "cfdi-uses"
	PaymentMethods        = "payment-methods"
	Months                = "months"
	Relationships         = "relationships"
	RetentionKeys         = "retention-keys"
	Currencies            = "currencies"
	Countries             = "countries"
	States                = "states"
	DocumentTypes         = "document-types"
	Exports               = "exports"
	Taxes                 = "taxes"
	Factors               = "factors"
	Rates                 = "rates"
	Taxabilities          = "taxabilities"
	TaxPresets            = "tax-presets"
	Periodicities         = "periodicities"
	CancellationMotives   = "cancellation-motives"
	GenericRFCs           = "generic-rfcs"
	PaymentChains         = "payment-chains"
	RetentionTaxes        = "retention-taxes"
	RetentionPaymentTypes = "retention-payment-types"
	DividendTypes         = "dividend-types"
	PayeeTypes            = "payee-types"
	ProductKeys           = "product-keys"
	UnitKeys              = "unit-keys"
	PlatformPeriodicities = "platform-periodicities"
)

// heads stand in Go, because every server announces them; what is in the lists is
// read when it is asked for.
var heads = []Head{
	{TaxRegimes, Text{"Regímenes fiscales", "Tax regimes"},
		Text{"Régimen en que tributa el emisor o el receptor, tal como lo tiene registrado el SAT.", "The regime under which the issuer or the receiver is taxed, as the SAT has it on record."}},
	{PaymentForms, Text{"Formas de pago", "Payment forms"},
		Text{"Cómo se pagó. Obligatoria en ingresos y egresos; no existe en traslado, nómina ni pago (CFDI40103).", "How it was paid. Mandatory on income and egress invoices; absent from transfer, payroll and payment CFDIs (CFDI40103)."}},
	{CFDIUses, Text{"Usos del CFDI", "CFDI uses"},
		Text{"Para qué usará el receptor la factura. Debe corresponder a su tipo de persona y a su régimen (CFDI40160, CFDI40161).", "What the receiver will use the invoice for. It must fit the receiver's person type and regime (CFDI40160, CFDI40161)."}},
	{PaymentMethods, Text{"Métodos de pago", "Payment methods"},
		Text{"Si la factura se paga de una vez o después. No existe en traslado ni pago; en nómina solo PUE (CFDI40125).", "Whether the invoice is paid at once or later. Absent from transfer and payment CFDIs; payroll takes only PUE (CFDI40125)."}},
	{Months, Text{"Meses y bimestres", "Months and bimesters"},
		Text{"Periodo de una factura global. Los meses van con las periodicidades 01 a 04, los bimestres con la 05 (CFDI40133 a CFDI40135).", "The period of a global invoice. Months go with periodicities 01 to 04, bimesters with 05 (CFDI40133 to CFDI40135)."}},
	{Relationships, Text{"Tipos de relación", "Relationship types"},
		Text{"Por qué un CFDI se relaciona con otros. I ingreso, E egreso, T traslado, P pago, N nómina.", "Why a CFDI relates to others. I income, E egress, T transfer, P payment, N payroll."}},
	{RetentionKeys, Text{"Claves de retención", "Retention keys"},
		Text{"Qué se pagó y se retuvo, en una constancia de retenciones (create_retention).", "What was paid and withheld from, on a retention certificate (create_retention)."}},
	{Currencies, Text{"Monedas", "Currencies"},
		Text{"Moneda de un documento y cuántos decimales llevan sus importes.", "Currency of a document, and how many decimals its amounts have."}},
	{Countries, Text{"Países", "Countries"},
		Text{"País de residencia fiscal o de un domicilio, en tres letras.", "Country of tax residence or of an address, in three letters."}},
	{States, Text{"Estados", "States"},
		Text{"Estados de México, Estados Unidos y Canadá.", "States of Mexico, the United States and Canada."}},
	{DocumentTypes, Text{"Tipos de comprobante", "Document types"},
		Text{"Qué clase de CFDI es y a cuánto puede llegar.", "What kind of CFDI it is, and what it may come to."}},
	{Exports, Text{"Exportación", "Export"},
		Text{"Si la venta es una exportación (exports); 01 para lo ordinario.", "Whether the sale is an export (exports); 01 for anything ordinary."}},
	{Taxes, Text{"Impuestos", "Taxes"},
		Text{"Impuestos de una partida: cuáles se trasladan y cuáles se retienen.", "Taxes of a line: which are transferred and which withheld."}},
	{Factors, Text{"Tipos de factor", "Tax factors"},
		Text{"Cómo se calcula un impuesto (factor).", "How a tax is computed (factor)."}},
	{Rates, Text{"Tasas y cuotas", "Rates and quotas"},
		Text{"Tasas que el SAT acepta de cada impuesto (CFDI40179, CFDI40185).", "Rates that the SAT accepts of each tax (CFDI40179, CFDI40185)."}},
	{Taxabilities, Text{"Objeto de impuesto", "Tax objects"},
		Text{"Si una partida causa impuestos y cuáles puede desglosar (taxability; CFDI40171, CFDI40172).", "Whether a line is taxed, and which taxes it may list (taxability; CFDI40171, CFDI40172)."}},
	{TaxPresets, Text{"Impuestos usuales", "Common taxes"},
		Text{"Combinaciones frecuentes de impuestos, listas para una partida.", "Common combinations of taxes, ready for a line."}},
	{Periodicities, Text{"Periodicidad", "Periodicities"},
		Text{"Cada cuánto se emite una factura global.", "How often a global invoice is issued."}},
	{CancellationMotives, Text{"Motivos de cancelación", "Cancellation motives"},
		Text{"Por qué se cancela un documento, y si otro lo sustituye.", "Why a document is cancelled, and whether another replaces it."}},
	{GenericRFCs, Text{"RFC genéricos", "Generic RFCs"},
		Text{"RFC que no son de nadie: público en general y extranjeros.", "RFCs that are nobody's: the general public and foreigners."}},
	{PaymentChains, Text{"Cadenas de pago", "Payment chains"},
		Text{"Comprobante bancario que un complemento de pago puede llevar.", "Proof of a bank that a payment complement may carry."}},
	{RetentionTaxes, Text{"Impuestos retenidos", "Taxes of retentions"},
		Text{"Impuestos de una constancia de retenciones, con números propios.", "Taxes of a retention certificate, with numbers of their own."}},
	{RetentionPaymentTypes, Text{"Tipos de pago de retención", "Payment types of retentions"},
		Text{"Como qué cuenta lo retenido (payment_type).", "What an amount withheld counts as (payment_type)."}},
	{DividendTypes, Text{"Tipos de dividendo", "Dividend types"},
		Text{"De dónde proviene un dividendo o utilidad distribuida.", "Where a dividend or distributed profit comes from."}},
	{PayeeTypes, Text{"Tipos de contribuyente en el extranjero", "Payees abroad"},
		Text{"A quién se paga en el extranjero (clave de retención 18).", "Who is paid abroad (retention key 18)."}},
	{PlatformPeriodicities, Text{"Periodicidad de plataformas", "Periodicities of platforms"},
		Text{"Cada cuánto retiene una plataforma tecnológica (clave 26); otra lista que la de facturas globales.", "How often a technology platform withholds (key 26); another list than that of global invoices."}},
	{ProductKeys, Text{"Claves de producto frecuentes", "Common product keys"},
		Text{"Claves de productos y servicios que más se usan (product_key); las demás con find_sat_key.", "Keys of products and services most used (product_key); others with find_sat_key."}},
	{UnitKeys, Text{"Claves de unidad frecuentes", "Common unit keys"},
		Text{"Claves de unidades que más se usan (unit_key); las demás con find_sat_key.", "Keys of units most used (unit_key); others with find_sat_key."}},
}
