using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The hub's own id, made once and kept in its database.</summary>
public sealed class HubIdentity(HubDatabase database)
{
    private string? _id;

    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        if (_id is not null) return _id;
        await using (var reader = await database.ReadAsync(cancellationToken))
            _id = await FindAsync(reader, cancellationToken);
        return _id ??= await MakeAsync(cancellationToken);
    }

    /// <summary>Null on a hub that never started.</summary>
    public static Task<string?> FindAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select value from hub_facts where name = 'hub_id'", null, cancellationToken);

    private async Task<string> MakeAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await transaction.ExecuteAsync("insert into hub_facts (name, value) values ('hub_id', @id) on conflict (name) do nothing", new { id = Ids.New("hub") }, cancellationToken);
        var id = await FindAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id!;
    }
}
