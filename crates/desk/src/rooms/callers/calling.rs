//! The other way: an agent calls a customer, and says so on the customer's open pages; or writes how they know a customer who
//! cannot make a code.

use domain::{Actor, CallerOutcome, Calling, LedgerData, Result, Timestamp, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Callers, Checks, checks, require_agent};
use crate::{
    rooms::vouching::{has_whole_session, log_vouched, require_customer, vouch_in},
    store::{
        calls::{CALL, call_to, told},
        db::Tx,
        fault::OrRefuse as _,
        names::shown_name_of,
        signal::Signal,
    },
    trail::ledger::NewEntry,
};

impl Callers<'_> {
    /// Says on a customer's open pages, for five minutes, that the agent who asks is calling them; noted as what agents check
    /// is. Staff, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no active customer.
    pub async fn begin_call(&self, actor: &Actor, customer: UserId) -> Result<Timestamp> {
        let desk = self.0;
        let agent = require_agent(actor)?;
        actor.require_in_person()?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        require_customer(&tx, customer).await?;
        end(&tx, agent, customer, at).await?;
        let call = checks::ActiveModel {
            agent_id: Set(agent),
            at: Set(at),
            outcome: Set(CallerOutcome::Calling),
            customer_id: Set(Some(customer)),
            ..Default::default()
        };
        Checks::insert(call).exec_without_returning(&tx).await.or_refuse()?;
        NewEntry::of_customer(LedgerData::CallBegan, customer, None).note(&tx, actor, at);
        tx.signal(Signal::Person { user: customer });
        tx.commit().await?;
        Ok(at.plus_seconds(CALL))
    }

    /// Says so no more. Staff, of their own call; fine when it is over already.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no active customer.
    pub async fn end_call(&self, actor: &Actor, customer: UserId) -> Result<()> {
        let agent = require_agent(actor)?;
        let tx = self.0.db.begin().await?;
        require_customer(&tx, customer).await?;
        end(&tx, agent, customer, self.0.now()).await?;
        tx.signal(Signal::Person { user: customer });
        tx.commit().await
    }

    /// Until when a customer's pages say that the agent who asks is calling, if they do. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn call_to(&self, actor: &Actor, customer: UserId) -> Result<Option<Timestamp>> {
        actor.require_staff()?;
        let Some(agent) = actor.id else { return Ok(None) };
        Ok(call_to(&self.0.db, customer, Some(agent), self.0.now()).await?.map(|call| call.until))
    }

    /// Who calls the customer who asks, if somebody does. Nobody else learns of it: not whom they let in, nor who may only
    /// drop files.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn calling(&self, actor: &Actor) -> Result<Option<Calling>> {
        let desk = self.0;
        let Some(customer) = actor.require_customer().ok().filter(|_| actor.require_own().is_ok()) else {
            return Ok(None);
        };
        let Some(call) = call_to(&desk.db, customer, None, desk.now()).await? else { return Ok(None) };
        let agent = shown_name_of(&desk.db, call.agent).await?;
        Ok(agent.map(|agent| Calling { agent, until: call.until }))
    }

    /// Whether a customer has a session in which they can make a code that tells who they are. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn can_make_code(&self, actor: &Actor, customer: UserId) -> Result<bool> {
        actor.require_staff()?;
        has_whole_session(self.0, &self.0.db, customer).await
    }

    /// Notes how the agent who asks knows a customer who has no session to make a code in, as before their first PIN. It counts
    /// as a code does. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no active customer; [`Error::Invalid`] (`how`);
    /// [`Error::Conflict`] for a customer who can make a code.
    pub async fn vouch(&self, actor: &Actor, customer: UserId, how: &str) -> Result<()> {
        let tx = self.0.db.begin().await?;
        vouch_in(self.0, &tx, actor, customer, how).await?;
        tx.commit().await?;
        log_vouched(actor, customer);
        Ok(())
    }
}

/// Ends an agent's calls to a customer.
async fn end(tx: &Tx, agent: UserId, customer: UserId, at: Timestamp) -> Result<()> {
    let ended = checks::ActiveModel { ended_at: Set(Some(at)), ..Default::default() };
    let calls = Checks::update_many().set(ended).filter(told(customer, at)).filter(checks::COLUMN.agent_id.eq(agent));
    calls.exec(tx).await.or_refuse()?;
    Ok(())
}
