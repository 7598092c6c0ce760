using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Jose;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Tokens;

/// <summary>The key that signs agents' tokens (ES256). It is no other key of the hub, and nothing an agent reaches: whoever checks with the public half cannot mint.</summary>
internal sealed class AgentTokenKey(OwnKey place) : IDisposable
{
    private readonly Lock _use = new();
    private ECDsa? _key;
    private JwsKey? _public;
    private string _id = "";

    /// <summary>The public half, by the name that headers have.</summary>
    public JwsKey Public
    {
        get
        {
            lock (_use)
            {
                Load();
                return _public!;
            }
        }
    }

    public string Sign(JsonObject claims)
    {
        // The framework promises nothing about one key on several threads.
        lock (_use)
        {
            // Loading gives the key its name.
            var key = Load();
            return Jws.Sign(claims, _id, key);
        }
    }

    public void Dispose()
    {
        lock (_use) _key?.Dispose();
    }

    // At the first use: where keys are shared, the database must be there.
    private ECDsa Load()
    {
        if (_key is { } loaded) return loaded;
        var key = place.LoadOrCreate();
        _id = PublicKey.Of(key).Id;
        _public = JwsKey.Of(_id, ECDsa.Create(key.ExportParameters(includePrivateParameters: false)), JwsAlgorithm.Es256);
        return _key = key;
    }
}
