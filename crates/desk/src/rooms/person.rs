//! A person as staff see them, and who may manage whom. Rooms that need each other's people meet here.

use domain::{Actor, Alias, Error, EventData, Person, Profile, Result, Role, Timestamp, UserId, apart};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DerivePartialModel, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, LockType, Query, SimpleExpr},
};

use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{Tickets, Users, tickets, users},
        fault::OrRefuse as _,
        names::{self, name_key, username_key},
        random::random,
    },
    trail::events::NewEvent,
};

/// A person with the number of their tickets.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
pub(crate) struct PersonRow {
    pub(crate) id: UserId,
    username: String,
    name: String,
    email: String,
    role: Role,
    is_active: bool,
    is_unnamed: bool,
    created_at: Timestamp,
    last_seen_at: Option<Timestamp>,
    #[sea_orm(from_expr = "tickets_of_person()")]
    tickets: i64,
}

fn tickets_of_person() -> SimpleExpr {
    let theirs = Expr::col((Tickets, tickets::Column::RequesterId)).equals((Users, users::Column::Id));
    let count =
        Query::select().expr(Expr::col((Tickets, tickets::Column::Id)).count()).from(Tickets).and_where(theirs).take();
    SimpleExpr::from(count)
}

impl PersonRow {
    pub(crate) fn into_person(self) -> Person {
        Person {
            id: self.id,
            username: self.username,
            name: self.name,
            email: self.email,
            role: self.role,
            is_active: self.is_active,
            is_unnamed: self.is_unnamed,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            tickets: self.tickets.unsigned_abs(),
        }
    }
}

/// Who asks is a person who can be told from others.
pub(crate) fn require_person(actor: &Actor) -> Result<UserId> {
    actor.require_staff()?;
    actor.require_in_person()?;
    actor
        .id
        .ok_or_else(|| Error::forbidden("The command line makes sure of nobody. Issue a PIN there without a request."))
}

/// Whether a customer is there, who is not erased then before the transaction ends: whoever erases them changes their row first.
/// SQLite, which has no such lock, has one writer.
pub(crate) async fn stays(tx: &Tx, id: UserId) -> Result<bool> {
    let row = Users::find_by_id(id).select_only().column(users::Column::Id).lock(LockType::Share);
    let row: Option<UserId> = row.into_tuple().one(tx).await.or_refuse()?;
    Ok(row.is_some())
}

/// One person, for who may know of them already.
pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Person> {
    let person = Users::find_by_id(id).into_partial_model::<PersonRow>().one(db).await.or_refuse()?;
    person.map(PersonRow::into_person).ok_or(Error::NotFound)
}

/// The customer whom a text names: by username, by id, or by id as `#7`. Where a number is one customer's username and another
/// one's id, it names neither. Or the sentence about it.
pub(crate) async fn customer_called(db: &impl ConnectionTrait, text: &str) -> Result<Result<UserId, String>> {
    let text = text.trim();
    let customers = || Users::find().filter(users::COLUMN.role.eq(Role::Customer));
    let ids = || customers().select_only().column(users::Column::Id);
    let number = text.strip_prefix('#').unwrap_or(text).parse::<UserId>().ok();
    let by_id: Option<UserId> = match number {
        Some(id) => ids().filter(users::COLUMN.id.eq(id)).into_tuple().one(db).await.or_refuse()?,
        None => None,
    };
    let by_name: Option<UserId> = names::named(ids(), text).into_tuple().one(db).await.or_refuse()?;
    Ok(match (by_name, by_id) {
        (Some(one), Some(other)) if one != other => {
            Err(format!("\"{text}\" is the username of one customer and the id of another. Write #{one} or #{other}."))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) if text.is_empty() => Err("This field may not be blank.".to_owned()),
        (None, None) => Err(format!("There is no customer “{}”.", apart(&text.chars().take(50).collect::<String>()))),
    })
}

/// The person, if the actor may manage them: staff for customers, admins for staff.
pub(crate) async fn require_manager(db: &impl ConnectionTrait, actor: &Actor, id: UserId) -> Result<Person> {
    actor.require_staff()?;
    let person = find(db, id).await?;
    if person.role.is_staff() && actor.id != Some(id) {
        actor.require_admin()?;
    }
    Ok(person)
}

/// Whether somebody has this username, in a transaction in which nobody else takes one meanwhile.
pub(crate) async fn is_taken(tx: &Tx, username: &str, except: Option<UserId>) -> Result<bool> {
    tx.serialise("usernames").await?;
    let others = Condition::all().add_option(except.map(|id| users::COLUMN.id.ne(id)));
    let taken = Users::find().select_only().column(users::Column::Id).filter(names::is_named(username)).filter(others);
    let taken: Option<UserId> = taken.into_tuple().one(tx).await.or_refuse()?;
    Ok(taken.is_some())
}

pub(crate) async fn refuse_taken(tx: &Tx, username: &str, except: Option<UserId>) -> Result<()> {
    if is_taken(tx, username, except).await? {
        return Err(Error::field("username", "A user with that username already exists. Choose another one."));
    }
    Ok(())
}

/// What is kept of a profile, and the keys that it is found by.
pub(crate) fn named(profile: Profile) -> users::ActiveModel {
    let Profile { username, name, email } = profile;
    users::ActiveModel {
        name_key: Set(Some(name_key(username.as_str(), name.as_str(), email.as_str()))),
        username_key: Set(username_key(username.as_str())),
        username: Set(username.into()),
        name: Set(name.into()),
        email: Set(email.into()),
        ..Default::default()
    }
}

/// Makes a person, in a transaction.
pub(crate) async fn insert(
    desk: &Inner,
    tx: &Tx,
    actor: Option<UserId>,
    profile: Profile,
    role: Role,
    password_hash: Option<String>,
) -> Result<UserId> {
    refuse_taken(tx, profile.username.as_str(), None).await?;
    let at = desk.now();
    let new = users::ActiveModel {
        role: Set(role),
        password_hash: Set(password_hash),
        is_active: Set(true),
        created_at: Set(at),
        ..named(profile)
    };
    let id = Users::insert(new).exec(tx).await.or_refuse()?.last_insert_id;
    NewEvent::of_user(EventData::UserCreated, id).record(tx, actor, at).await?;
    Ok(id)
}

/// Makes a customer without an identity, in a transaction. They let nobody in: whoever they did would know who they are.
pub(crate) async fn insert_unnamed(desk: &Inner, tx: &Tx, actor: Option<UserId>) -> Result<UserId> {
    /// Aliases of one length that are tried before a longer one is.
    const TRIES: usize = 8;
    for symbols in Alias::SYMBOLS.into_iter().flat_map(|symbols| std::iter::repeat_n(symbols, TRIES)) {
        let draft = Alias::from_random(symbols, random()?).draft();
        if is_taken(tx, &draft.username, None).await? {
            continue;
        }
        let id = insert(desk, tx, actor, draft.check()?, Role::Customer, None).await?;
        let set = users::ActiveModel { is_unnamed: Set(true), may_delegate: Set(false), ..Default::default() };
        Users::update_many().set(set).filter(users::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
        return Ok(id);
    }
    Err(Error::Unavailable)
}

/// Whether nobody knows who a person is.
pub(crate) async fn is_unnamed(db: &impl ConnectionTrait, id: UserId) -> Result<bool> {
    let query = Users::find_by_id(id).select_only().column(users::Column::IsUnnamed);
    let found: Option<bool> = query.into_tuple().one(db).await.or_refuse()?;
    Ok(found.unwrap_or_default())
}
