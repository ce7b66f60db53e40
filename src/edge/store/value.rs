//! What goes into a statement and comes out of a row, the same for both engines.
//!
//! Five kinds of value cross the border: null, integer, real, text and bytes. Truth is the integer
//! 0 or 1, a moment is its milliseconds, a UUID is its 36 characters. A slice's own types join by
//! [`ToParam`] and [`FromColumn`], three lines each.

use crate::clock::Timestamp;
use crate::edge::store::StoreError;
use crate::ids::{Access, TierId};
use std::borrow::Cow;
use uuid::Uuid;

/// A value on its way into a statement. Not-a-number becomes null, since one engine keeps it so.
#[derive(Clone, Debug, PartialEq)]
pub enum Param<'a> {
    /// SQL's NULL.
    Null,
    /// Integers, truth and time.
    Integer(i64),
    /// Floating point.
    Real(f64),
    /// Text without NUL.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

/// A value as it came out of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// Integers, truth and time.
    Integer(i64),
    /// Floating point.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl<'a> Param<'a> {
    /// A value that came out of a row, on its way into another.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Param::Null,
            Value::Integer(integer) => Param::Integer(*integer),
            Value::Real(real) => Param::Real(*real),
            Value::Text(text) => Param::Text(Cow::Borrowed(text)),
            Value::Blob(bytes) => Param::Blob(Cow::Borrowed(bytes)),
        }
    }

    /// A copy that borrows nothing.
    pub fn owned(&self) -> Param<'static> {
        match self {
            Param::Null => Param::Null,
            Param::Integer(integer) => Param::Integer(*integer),
            Param::Real(real) => Param::Real(*real),
            Param::Text(text) => Param::Text(Cow::Owned(text.to_string())),
            Param::Blob(bytes) => Param::Blob(Cow::Owned(bytes.to_vec())),
        }
    }
}

/// What can be bound to a placeholder.
pub trait ToParam {
    /// This value as one of the five kinds.
    fn to_param(&self) -> Param<'_>;
}

/// What a column can be read as.
pub trait FromColumn: Sized {
    /// Names the type in errors.
    const WANTED: &'static str;
    /// `None` when the value is of another kind or out of range.
    fn from_value(value: Value) -> Option<Self>;
}

impl<T: ToParam + ?Sized> ToParam for &T {
    fn to_param(&self) -> Param<'_> {
        (**self).to_param()
    }
}

impl<T: ToParam> ToParam for Option<T> {
    fn to_param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, T::to_param)
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    const WANTED: &'static str = T::WANTED;
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl ToParam for $type {
            fn to_param(&self) -> Param<'_> {
                Param::Integer(i64::from(*self))
            }
        }
        impl FromColumn for $type {
            const WANTED: &'static str = stringify!($type);
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Integer(integer) => integer.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}
integers!(i64, i32, i16, u32, u16, u8);

impl ToParam for bool {
    fn to_param(&self) -> Param<'_> {
        Param::Integer(i64::from(*self))
    }
}

impl FromColumn for bool {
    const WANTED: &'static str = "truth";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl ToParam for f64 {
    fn to_param(&self) -> Param<'_> {
        if self.is_nan() {
            Param::Null
        } else {
            Param::Real(*self)
        }
    }
}

impl FromColumn for f64 {
    const WANTED: &'static str = "number";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Real(real) => Some(real),
            Value::Integer(integer) => Some(integer as f64),
            _ => None,
        }
    }
}

impl ToParam for str {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}

impl ToParam for String {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}

impl FromColumn for String {
    const WANTED: &'static str = "text";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl ToParam for [u8] {
    fn to_param(&self) -> Param<'_> {
        Param::Blob(Cow::Borrowed(self))
    }
}

impl ToParam for Vec<u8> {
    fn to_param(&self) -> Param<'_> {
        Param::Blob(Cow::Borrowed(self))
    }
}

impl<const N: usize> ToParam for [u8; N] {
    fn to_param(&self) -> Param<'_> {
        Param::Blob(Cow::Borrowed(self))
    }
}

impl FromColumn for Vec<u8> {
    const WANTED: &'static str = "bytes";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    const WANTED: &'static str = "bytes of a fixed length";
    fn from_value(value: Value) -> Option<Self> {
        Vec::from_value(value)?.try_into().ok()
    }
}

impl ToParam for Timestamp {
    fn to_param(&self) -> Param<'_> {
        Param::Integer(self.as_millis())
    }
}

impl FromColumn for Timestamp {
    const WANTED: &'static str = "time";
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(Timestamp::from_millis)
    }
}

impl ToParam for Uuid {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Owned(self.to_string()))
    }
}

impl FromColumn for Uuid {
    const WANTED: &'static str = "UUID";
    fn from_value(value: Value) -> Option<Self> {
        Uuid::try_parse(&String::from_value(value)?).ok()
    }
}

impl ToParam for TierId {
    fn to_param(&self) -> Param<'_> {
        self.as_str().to_param()
    }
}

impl FromColumn for TierId {
    const WANTED: &'static str = "tier";
    fn from_value(value: Value) -> Option<Self> {
        TierId::parse(&String::from_value(value)?)
    }
}

impl ToParam for Access {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Owned(self.to_string()))
    }
}

impl FromColumn for Access {
    const WANTED: &'static str = "access";
    fn from_value(value: Value) -> Option<Self> {
        Access::parse(&String::from_value(value)?)
    }
}

/// Refuses what only one engine could keep.
pub fn checked<'a>(params: &'a [&dyn ToParam]) -> Result<Vec<Param<'a>>, StoreError> {
    let params: Vec<Param<'a>> = params.iter().map(|it| it.to_param()).collect();
    let has_nul = |param: &Param| matches!(param, Param::Text(text) if text.contains('\0'));
    if params.iter().any(has_nul) {
        return Err(StoreError::NulInText);
    }
    Ok(params)
}
