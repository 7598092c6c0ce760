using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Audit;

/// <summary>The key that signs checkpoints: ECDSA P-256 with SHA-256 (ES256), signatures in the IEEE P1363 form.</summary>
public sealed class SigningKey : IDisposable
{
    private const string SharedName = "audit-signing";

    private readonly ECDsa _key;

    private SigningKey(ECDsa key) => (_key, Public) = (key, PublicKey.Of(key));

    public PublicKey Public { get; }

    /// <summary>Reads the key, or makes it: sealed where all processes share it, else a file of 0600 in a directory of 0700; complete or not there at all.</summary>
    public static SigningKey LoadOrCreate(AuditPlaces places)
    {
        if (Find(places) is { } known) return known;
        if (places.SharedKeys is { } shared) shared.Add(SharedName, NewPem());
        else Create(places.SigningKey);
        return Find(places) ?? throw new CryptographicException("The key that signs the record was made and is gone.");
    }

    /// <summary>The public half of the key; null when there is none yet.</summary>
    public static PublicKey? PublicOf(AuditPlaces places)
    {
        using var key = Find(places);
        return key?.Public;
    }

    /// <returns>The signature of the text's UTF-8 bytes, base64url.</returns>
    public string Sign(string text) =>
        Base64Url.EncodeToString(_key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    public void Dispose() => _key.Dispose();

    private static SigningKey? Find(AuditPlaces places)
    {
        var pem = places.SharedKeys is { } shared ? shared.Find(SharedName) : File.Exists(places.SigningKey) ? File.ReadAllText(places.SigningKey) : null;
        if (pem is null) return null;
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return new SigningKey(key);
    }

    private static string NewPem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static void Create(string path)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var directory = Directory.CreateDirectory(Path.GetDirectoryName(path)!, Owner);
        // Whoever made it before may have left it wider.
        directory.UnixFileMode = Owner;
        var draft = $"{path}.{Guid.NewGuid():n}";
        using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            file.Write(Encoding.ASCII.GetBytes(NewPem()));
            file.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process of this hub was first; its key is the hub's.
            File.Delete(draft);
        }
    }
}
