//! `#[derive(Recycle)]` for the typed pools of the crate poolalloc, which re-exports it with its
//! feature `derive`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Fields, Index, Member, parse_macro_input, spanned::Spanned};

/// Implements `poolalloc::Recycle` for a struct.
///
/// * `create` makes every field with `Recycle::create`.
/// * `reset` resets every field. It says yes if one of them has memory worth keeping, so a struct
///   of which one buffer was used is kept with the others.
/// * `footprint` is the sum of the fields'.
///
/// A field with `#[recycle(default)]` needs no `Recycle`: it is made and reset with
/// `Default::default()`, and adds nothing to the footprint: numbers, flags, small plain values.
///
/// The type parameters get the bound `Recycle` where a field of the bare type asks for it only by
/// its own impl: write the bounds on the struct that its fields need.
#[proc_macro_derive(Recycle, attributes(recycle))]
pub fn derive_recycle(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(&parse_macro_input!(input as DeriveInput))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// True if the field is marked `#[recycle(default)]`.
fn is_plain(field: &syn::Field) -> Result<bool, Error> {
    let mut plain = false;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("recycle")) {
        attribute.parse_nested_meta(|meta| {
            plain = meta.path.is_ident("default");
            if plain { Ok(()) } else { Err(meta.error("expected `default`")) }
        })?;
    }
    Ok(plain)
}

fn expand(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Struct(data) = &input.data else {
        let words = "Recycle can be derived for a struct only: write what reset does for this type";
        return Err(Error::new(input.ident.span(), words));
    };
    if matches!(data.fields, Fields::Unit) || data.fields.is_empty() {
        let words = "a struct without fields has nothing to reuse";
        return Err(Error::new(input.ident.span(), words));
    }
    let (mut create, mut reset, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for (position, field) in data.fields.iter().enumerate() {
        let member = match &field.ident {
            Some(name) => Member::Named(name.clone()),
            None => Member::Unnamed(Index::from(position)),
        };
        let kind = &field.ty;
        let span = kind.span();
        if is_plain(field)? {
            create.push(quote_spanned!(span=> #member: ::core::default::Default::default()));
            reset.push(quote_spanned!(span=> self.#member = ::core::default::Default::default();));
        } else {
            create.push(quote_spanned!(span=> #member: <#kind as ::poolalloc::Recycle>::create()));
            reset.push(quote_spanned! {span=>
                keep |= <#kind as ::poolalloc::Recycle>::reset(&mut self.#member);
            });
            bytes.push(quote_spanned! {span=>
                .saturating_add(<#kind as ::poolalloc::Recycle>::footprint(&self.#member))
            });
        }
    }
    // A struct of plain fields only is worth its own memory.
    let keep = bytes.is_empty();
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::poolalloc::Recycle for #name #arguments #bounds {
            fn create() -> Self {
                Self { #(#create),* }
            }

            fn reset(&mut self) -> bool {
                #[allow(unused_mut)]
                let mut keep = #keep;
                #(#reset)*
                keep
            }

            fn footprint(&self) -> usize {
                0_usize #(#bytes)*
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn words(input: &DeriveInput) -> String {
        expand(input).expect_err("refused").to_string()
    }

    #[test]
    fn an_enum_is_refused_and_told_why() {
        assert!(
            words(&parse_quote!(
                enum Either {
                    A(Vec<u8>),
                    B,
                }
            ))
            .contains("struct only")
        );
    }

    #[test]
    fn a_struct_without_fields_is_refused() {
        assert!(
            words(&parse_quote!(
                struct Nothing;
            ))
            .contains("nothing to reuse")
        );
        assert!(
            words(&parse_quote!(
                struct Nothing {}
            ))
            .contains("nothing to reuse")
        );
    }

    #[test]
    fn an_unknown_word_in_the_attribute_is_refused() {
        let input = parse_quote!(
            struct Numbers {
                #[recycle(skip)]
                sum: u64,
            }
        );
        assert_eq!(words(&input), "expected `default`");
    }

    #[test]
    fn a_plain_field_asks_for_no_recycle_and_generics_are_kept() {
        let input = parse_quote! {
            struct Order<T> where T: ::poolalloc::Recycle { items: Vec<T>, #[recycle(default)] id: u64 }
        };
        let code = expand(&input).unwrap().to_string();
        assert!(!code.contains("< u64 as"), "a plain field was asked for Recycle: {code}");
        assert!(code.contains("< Vec < T > as"), "{code}");
        assert!(code.contains("Order < T > where T"), "{code}");
    }
}
