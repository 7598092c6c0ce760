using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

internal sealed class AccountStore
{
    private const string Columns = "id, name, email, role, created_at, closed_at";

    public Task<Account?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<Account>($"select {Columns} from accounts where id = @id", new { id }, cancellationToken);

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

    public Task AddAsync(IHubTransaction transaction, Account account, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into accounts (id, name, email, role, created_at) values (@Id, @Name, @Email, @Role, @CreatedAt)", account, cancellationToken);
}
