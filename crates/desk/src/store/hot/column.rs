//! Values as SeaORM has them, and as SQLite does.

use rusqlite::{
    Error, ToSql,
    types::{FromSqlError, ToSqlOutput, ValueRef},
};
use sea_orm::{
    Value,
    sea_query::{ArrayType, ValueType},
};

/// What a column holds, as what it stands for: every type that an entity's column may have.
pub(super) fn read<T: ValueType>(held: ValueRef<'_>, at: usize) -> rusqlite::Result<T> {
    let refuse = |words: String| Error::FromSqlConversionFailure(at, held.data_type(), words.into());
    let other = || refuse(format!("the database holds no {}", T::type_name()));
    let value = value(held, T::array_type()).ok_or_else(other)?;
    T::try_from(value).map_err(|_| match held {
        // A later version of the program may have written it; it is never taken for another one.
        ValueRef::Text(word) => {
            let word = String::from_utf8_lossy(word);
            refuse(format!("the database holds {word:?}, which is no {}", T::type_name()))
        }
        _ => other(),
    })
}

fn value(held: ValueRef<'_>, wanted: ArrayType) -> Option<Value> {
    Some(match wanted {
        ArrayType::BigInt => Value::BigInt(whole(held)?),
        ArrayType::String => Value::String(match held {
            ValueRef::Null => None,
            ValueRef::Text(text) => Some(str::from_utf8(text).ok()?.to_owned()),
            _ => return None,
        }),
        ArrayType::Bool => Value::Bool(whole(held)?.map(|number| number != 0)),
        ArrayType::Int => Value::Int(narrow(held)?),
        ArrayType::Unsigned => Value::Unsigned(narrow(held)?),
        ArrayType::BigUnsigned => Value::BigUnsigned(narrow(held)?),
        ArrayType::Double => Value::Double(match held {
            ValueRef::Null => None,
            ValueRef::Real(number) => Some(number),
            _ => return None,
        }),
        ArrayType::Bytes => Value::Bytes(match held {
            ValueRef::Null => None,
            ValueRef::Blob(bytes) => Some(bytes.to_vec()),
            _ => return None,
        }),
        _ => return None,
    })
}

/// A number or nothing; `None` for anything else.
fn whole(held: ValueRef<'_>) -> Option<Option<i64>> {
    match held {
        ValueRef::Null => Some(None),
        ValueRef::Integer(number) => Some(Some(number)),
        _ => None,
    }
}

/// As [`whole`], of a type that does not take every number.
fn narrow<T: TryFrom<i64>>(held: ValueRef<'_>) -> Option<Option<T>> {
    whole(held)?.map(T::try_from).transpose().ok()
}

/// A value that stands for a parameter.
pub(super) struct Bound<'value>(pub(super) &'value Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::BigInt(held) => number(*held),
            Value::String(held) => held.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Value::Bool(held) => number(held.map(i64::from)),
            Value::Int(held) => number(held.map(i64::from)),
            Value::Unsigned(held) => number(held.map(i64::from)),
            Value::BigUnsigned(held) => match held.map(TryInto::try_into).transpose() {
                Ok(held) => number(held),
                Err(_) => return Err(Error::ToSqlConversionFailure(FromSqlError::OutOfRange(i64::MAX).into())),
            },
            Value::Double(held) => held.map_or(ValueRef::Null, ValueRef::Real),
            Value::Bytes(held) => held.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes)),
            _ => return Err(Error::ToSqlConversionFailure("no hot read has a parameter of this type".into())),
        }))
    }
}
