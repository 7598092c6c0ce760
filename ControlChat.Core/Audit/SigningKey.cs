using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Audit;

/// <summary>The key that signs checkpoints: ECDSA P-256 with SHA-256 (ES256), signatures in the IEEE P1363 form.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;

    private SigningKey(ECDsa key) => (_key, Public) = (key, PublicKey.Of(key));

    public PublicKey Public { get; }

    /// <summary>Reads the key, or makes it: a file of 0600 in a directory of 0700, complete or not there at all.</summary>
    public static SigningKey LoadOrCreate(string path)
    {
        if (!File.Exists(path)) Create(path);
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return new SigningKey(key);
    }

    /// <summary>The public half of the key in this file; null when there is none yet.</summary>
    public static PublicKey? PublicOf(string path)
    {
        if (!File.Exists(path)) return null;
        using var key = LoadOrCreate(path);
        return key.Public;
    }

    /// <returns>The signature of the text's UTF-8 bytes, base64url.</returns>
    public string Sign(string text) =>
        Base64Url.EncodeToString(_key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    public void Dispose() => _key.Dispose();

    private static void Create(string path)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var directory = Directory.CreateDirectory(Path.GetDirectoryName(path)!, Owner);
        // Whoever made it before may have left it wider.
        directory.UnixFileMode = Owner;
        var draft = $"{path}.{Guid.NewGuid():n}";
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            file.Write(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
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
