namespace ControlChat.Core.Bus;

/// <summary>Where Redis is and how it is spoken to. Redis 7 or newer; only the default user's password, because the client knows no named users.</summary>
/// <param name="Endpoint"><c>host:port</c>.</param>
/// <param name="Tls">The server's certificate must be trusted by this machine.</param>
/// <param name="Password">Null: none.</param>
/// <param name="AllowNoPassword">False: a server that lets everybody in is refused at start.</param>
/// <param name="Database">The number of the Redis database.</param>
public sealed record RedisPlace(string Endpoint, bool Tls, string? Password, bool AllowNoPassword, int Database)
{
    // A record prints its members; a password is never printed.
    public override string ToString() => $"Redis at {Endpoint}";
}
