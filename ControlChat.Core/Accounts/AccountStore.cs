using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

internal sealed class AccountStore(ISignInPolicy ways)
{
    private const string Columns = "id, name, email, role, created_at, closed_at";

    // The caller has the record's lock by then, so two admins cannot take each other's role away at once.
    // With @needsKey it must be one who can get in; who could not get in before takes no way in away.
    private static string AnotherAdmin(SqlDialect dialect) =>
        "exists (select 1 from accounts o where o.role = 'admin' and o.closed_at is null and o.id <> @id and (@needsKey = 0 or " + HasKey(dialect, "o") + " or not " + HasKey(dialect, "accounts") + "))";

    // Something of its own that lets the account in, by a way that is open: a password where there are passwords, an identity of an issuer that is believed.
    private static string HasKey(SqlDialect dialect, string account) =>
        "((@byPassword = 1 and exists (select 1 from account_passwords p where p.account_id = " + account + ".id))"
        + " or exists (select 1 from account_identities i where i.account_id = " + account + ".id and rtrim(i.issuer, '/') in (" + dialect.TextsOf("@issuers") + ")))";

    private int ByPassword => ways.ByPassword ? 1 : 0;

    private string Issuers => Json.Write(ways.Issuers);

    public Task<Account?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<Account>($"select {Columns} from accounts where id = @id", new { id }, cancellationToken);

    /// <summary>The names of accounts, closed ones too, by their ids.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(IHubReader reader, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => ids.Count == 0
        ? new Dictionary<string, string>()
        : (await reader.QueryAsync<Account>($"select {Columns} from accounts where id in (" + reader.Dialect.TextsOf("@ids") + ")", new { ids = Json.Write(ids) }, cancellationToken)).ToDictionary(a => a.Id, a => a.Name);

    public Task<Account?> FindByEmailAsync(IHubReader reader, string email, CancellationToken cancellationToken) =>
        reader.FindAsync<Account>($"select {Columns} from accounts where email = @email", new { email }, cancellationToken);

    /// <summary>Open accounts with this id or this e-mail address, in any letter case; at most two, which is one too many.</summary>
    public Task<IReadOnlyList<Account>> FindOpenAsync(IHubReader reader, string idOrEmail, CancellationToken cancellationToken) =>
        reader.QueryAsync<Account>($"""
            select {Columns} from accounts where closed_at is null and (id = @idOrEmail or lower(email) = lower(@idOrEmail)) order by id limit 2
            """, new { idOrEmail }, cancellationToken);

    /// <summary>The first few open accounts, oldest first: enough to know whether there is none, one or more.</summary>
    public Task<IReadOnlyList<Account>> FirstAsync(IHubReader reader, int count, CancellationToken cancellationToken) =>
        reader.QueryAsync<Account>($"select {Columns} from accounts where closed_at is null order by id limit @count", new { count }, cancellationToken);

    /// <summary>The oldest open admin; null on a fresh hub only, because the last one stays.</summary>
    public Task<Account?> FirstAdminAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.FindAsync<Account>($"select {Columns} from accounts where role = 'admin' and closed_at is null order by id limit 1", null, cancellationToken);

    public Task AddAsync(IHubTransaction transaction, Account account, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into accounts (id, name, email, role, created_at) values (@Id, @Name, @Email, @Role, @CreatedAt)", account, cancellationToken);

    /// <summary>Everyone, closed accounts too, by name.</summary>
    public Task<IReadOnlyList<Account>> ListAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<Account>($"select {Columns} from accounts order by lower(name), id limit 2000", null, cancellationToken);

    /// <param name="needsKey">Links are off: an admin without a password or an outside identity that lets them in here is nobody who could run the hub.</param>
    /// <returns>False when the account is the last open admin and would be none, or the role is not <paramref name="from"/> any more.</returns>
    public async Task<bool> ChangeRoleAsync(IHubTransaction transaction, string id, string from, string role, bool needsKey, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update accounts set role = @role where id = @id and role = @from and (@role = 'admin' or " + AnotherAdmin(transaction.Dialect) + ")",
            new { id, from, role, needsKey = needsKey ? 1 : 0, byPassword = ByPassword, issuers = Issuers }, cancellationToken) == 1;

    /// <param name="needsKey">As for <see cref="ChangeRoleAsync"/>.</param>
    /// <returns>False when it is the last open admin, or was closed before.</returns>
    public async Task<bool> CloseAsync(IHubTransaction transaction, string id, bool needsKey, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update accounts set closed_at = hub_now() where id = @id and closed_at is null and (role <> 'admin' or " + AnotherAdmin(transaction.Dialect) + ")",
            new { id, needsKey = needsKey ? 1 : 0, byPassword = ByPassword, issuers = Issuers }, cancellationToken) == 1;

    public async Task<bool> ReopenAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update accounts set closed_at = null where id = @id and closed_at is not null", new { id }, cancellationToken) == 1;

    public Task SetEmailAsync(IHubTransaction transaction, string id, string email, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update accounts set email = @email where id = @id", new { id, email }, cancellationToken);

    /// <summary>Open accounts, and whether each can sign in by something that is its own (see <see cref="HasWayInAsync"/>).</summary>
    public Task<IReadOnlyList<AccountWay>> ListWaysAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<AccountWay>(
            "select id, name, role, case when @all = 1 or " + HasKey(reader.Dialect, "accounts") + " then 1 else 0 end as has_way_in from accounts where closed_at is null order by case role when 'admin' then 0 else 1 end, id limit 5000",
            new { all = ways.ByLink && !ways.ByPassword ? 1 : 0, byPassword = ByPassword, issuers = Issuers }, cancellationToken);

    /// <summary>Whether an open admin can sign in by something that is their own: a password or an outside identity, where that is a way in.</summary>
    public async Task<bool> HasAdminWithKeyAsync(IHubReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>(
            "select id from accounts where role = 'admin' and closed_at is null and " + HasKey(reader.Dialect, "accounts") + " limit 1",
            new { byPassword = ByPassword, issuers = Issuers }, cancellationToken) is not null;

    /// <summary>
    /// Whether the account can sign in by something that is its own. Where everybody comes by the operator's links and nobody by a password,
    /// nobody needs that.
    /// </summary>
    public async Task<bool> HasWayInAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        (ways.ByLink && !ways.ByPassword) || await reader.FindAsync<string>(
            "select id from accounts where id = @id and " + HasKey(reader.Dialect, "accounts"), new { id, byPassword = ByPassword, issuers = Issuers }, cancellationToken) is not null;
}

internal sealed class AccountWay
{
    public string Id { get; init; } = "";
    public string Name { get; init; } = "";
    public string Role { get; init; } = "";
    public bool HasWayIn { get; init; }
}
