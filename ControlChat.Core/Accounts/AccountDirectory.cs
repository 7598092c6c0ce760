using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Finds accounts, and makes the owner of an embedded hub at its first start.</summary>
public sealed class AccountDirectory
{
    private readonly HubDatabase _database;
    private readonly AccountStore _accounts;

    internal AccountDirectory(HubDatabase database, AccountStore accounts) => (_database, _accounts) = (database, accounts);

    /// <summary>The oldest open admin; on a fresh hub it is made, with this name.</summary>
    public async Task<Account> EnsureOwnerAsync(string name, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await _accounts.FirstAdminAsync(transaction, cancellationToken) is { } first) return first;
        var owner = new Account { Id = Ids.New("acc"), Name = string.IsNullOrWhiteSpace(name) ? "Owner" : name.Trim(), Role = "admin", CreatedAt = transaction.Now };
        await _accounts.AddAsync(transaction, owner, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return owner;
    }

    /// <summary>The account of an id or an e-mail address; without either, the only account there is. Null: none, or more than one.</summary>
    public async Task<Account?> FindAsync(string? idOrEmail, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (idOrEmail is null)
            return await _accounts.FirstAsync(reader, 2, cancellationToken) is [var only] ? only : null;
        var found = await _accounts.FindAsync(reader, idOrEmail, cancellationToken) ?? await _accounts.FindByEmailAsync(reader, Emails.Plain(idOrEmail), cancellationToken);
        return found is { ClosedAt: null } ? found : null;
    }

    /// <summary>Nobody who may run this hub can sign in by a password or a provider (yet, or any more): the operator's link is the way in.</summary>
    public async Task<bool> AwaitsFirstAdminAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return !await _accounts.HasAdminWithKeyAsync(reader, cancellationToken);
    }
}
