using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Hub;

/// <summary>
/// A signing key of the hub (ECDSA on P-256) that it makes itself and keeps: sealed where all processes share it, else a file of 0600 in a
/// directory of 0700; complete or not there at all.
/// </summary>
/// <param name="Name">What it stands under where keys are shared.</param>
/// <param name="Path">Its file where they are not, absolute.</param>
/// <param name="Shared">Null where the hub's one process keeps its keys in files.</param>
public sealed record OwnKey(string Name, string Path, ISharedKeys? Shared)
{
    /// <summary>Reads the key, or makes it. The caller disposes of it.</summary>
    public ECDsa LoadOrCreate()
    {
        if (Find() is { } known) return known;
        if (Shared is { } shared) shared.Add(Name, NewPem());
        else Create();
        return Find() ?? throw new CryptographicException($"The key {Name} was made and is gone.");
    }

    /// <summary>Null when there is none yet.</summary>
    public ECDsa? Find()
    {
        var pem = Shared is { } shared ? shared.Find(Name) : File.Exists(Path) ? File.ReadAllText(Path) : null;
        if (pem is null) return null;
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }

    private static string NewPem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private void Create()
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var directory = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!, Owner);
        // Whoever made it before may have left it wider.
        directory.UnixFileMode = Owner;
        var draft = $"{Path}.{Guid.NewGuid():n}";
        using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            file.Write(Encoding.ASCII.GetBytes(NewPem()));
            file.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(draft, Path, overwrite: false);
        }
        catch (IOException) when (File.Exists(Path))
        {
            // Another process of this hub was first; its key is the hub's.
            File.Delete(draft);
        }
    }
}
