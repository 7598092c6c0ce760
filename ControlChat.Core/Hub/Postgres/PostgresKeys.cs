using System.Security.Cryptography;
using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

internal sealed class PostgresKeys(PostgresHubDatabase database, KeySeal seal) : ISharedKeys
{
    public string? Find(string name) => Run(c => c.QueryFirstOrDefault<string>("select sealed from hub_keys where name = @name", new { name })) is { } text ? Open(name, text) : null;

    public IReadOnlyList<string> List(string prefix) =>
        [.. Run(c => c.Query<Row>("select name, sealed from hub_keys where starts_with(name, @prefix) order by name", new { prefix }).AsList()).Select(r => Open(r.Name, r.Sealed))];

    public void Add(string name, string secret) => Run(c =>
        c.Execute("insert into hub_keys (name, sealed, created_at) values (@name, @text, hub_now()) on conflict (name) do nothing", new { name, text = seal.Seal(name, secret) }));

    private string Open(string name, string text)
    {
        try
        {
            return seal.Open(name, text);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new CryptographicException("Hub:KeyEncryptionKey does not open the keys in the hub's database. Use the one they were sealed with.", e);
        }
    }

    private T Run<T>(Func<NpgsqlConnection, T> run)
    {
        try
        {
            using var connection = database.Source.OpenConnection();
            return run(connection);
        }
        catch (Exception e)
        {
            throw PostgresFaults.Translate(e);
        }
    }

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Sealed { get; init; } = "";
    }
}
