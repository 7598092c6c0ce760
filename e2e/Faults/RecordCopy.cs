using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using Microsoft.Data.Sqlite;

namespace ControlChat.Faults;

/// <summary>A copy of a hub's data directory in the hands of somebody who may write everything but does not hold the signing key.</summary>
internal sealed class RecordCopy : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly SqliteConnection _connection;
    private readonly List<JsonObject> _checkpoints;

    private RecordCopy(DirectoryInfo folder, string database)
    {
        _folder = folder;
        _connection = SqliteLibrary.Open(Path.Combine(folder.FullName, database));
        _checkpoints = [.. File.ReadAllLines(CheckpointFile).Where(l => l.Length > 0).Select(l => JsonNode.Parse(l)!.AsObject())];
        foreach (var trigger in Strings("select name from sqlite_master where type = 'trigger' and tbl_name = 'audit'")) Execute($"drop trigger {trigger}", 0);
        Last = long.Parse(Strings("select max(seq) from audit")[0], CultureInfo.InvariantCulture);
        LastSigned = Signed(_checkpoints[^1]);
    }

    public long Last { get; }

    public long LastSigned { get; }

    private string CheckpointFile => Path.Combine(_folder.FullName, "checkpoints", "checkpoints.jsonl");

    public static RecordCopy Of(HubProcess hub)
    {
        var folder = Directory.CreateTempSubdirectory("controlchat-tampered-");
        foreach (var file in Directory.GetFiles(hub.DataDirectory, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder.FullName, Path.GetRelativePath(hub.DataDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Copy(file, target);
        }
        return new RecordCopy(folder, Path.GetFileName(hub.DatabasePath));
    }

    public Task<(int Code, string Output, string Errors)> VerifyAsync(HubProcess hub, string publicKey)
    {
        File.WriteAllLines(CheckpointFile, _checkpoints.Select(c => c.ToJsonString()));
        _connection.Dispose();
        return hub.RunAsync("audit", "verify", "--public-key", publicKey, $"--Hub:DataDirectory={_folder.FullName}");
    }

    /// <summary>A row that a checkpoint covers, and not the last one.</summary>
    public long Any(Random dice) => dice.NextInt64(1, LastSigned - 1);

    public long SignedAtOrAfter(long row) => _checkpoints.Select(Signed).First(s => s >= row);

    public string Read(string column, long row) => Strings($"select {column} from audit where seq = {row.ToString(CultureInfo.InvariantCulture)}")[0];

    public void Write(string column, long row, string value) => Run($"update audit set {column} = @value where seq = @row", ("@value", value), ("@row", row));

    public bool TryWrite(string column, long row, string value)
    {
        try
        {
            Write(column, row, value);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 1)
        {
            return false;
        }
    }

    public void Execute(string sql, long row) => Run(sql, ("@row", row));

    /// <summary>A row that was never written, well chained to the one before it.</summary>
    public void Insert(long row)
    {
        var body = Read("body", row - 1).Replace("\"id\":\"aud_", "\"id\":\"aud_x", StringComparison.Ordinal);
        var (previous, bodyHash) = (Read("hash", row - 1), CanonicalJson.Hash(body));
        Run("insert into audit (seq, body, prev_hash, body_hash, hash) values (@row, @body, @previous, @bodyHash, @hash)",
            ("@row", row), ("@body", body), ("@previous", previous), ("@bodyHash", bodyHash), ("@hash", Chain(previous, row, bodyHash)));
    }

    public void RehashFrom(long row)
    {
        var previous = row == 1 ? new string('0', 64) : Read("hash", row - 1);
        Run("begin");
        for (; row <= Last; row++)
        {
            var bodyHash = CanonicalJson.Hash(Read("body", row));
            var hash = Chain(previous, row, bodyHash);
            Run("update audit set prev_hash = @previous, body_hash = @bodyHash, hash = @hash where seq = @row", ("@previous", previous), ("@bodyHash", bodyHash), ("@hash", hash), ("@row", row));
            previous = hash;
        }
        Run("commit");
    }

    /// <summary>Every checkpoint over the rows as they are now, signed by a key of one's own.</summary>
    public void SignAgain()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keyId = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];
        var before = new string('0', 64);
        foreach (var checkpoint in _checkpoints)
        {
            checkpoint["last_hash"] = Read("hash", Signed(checkpoint));
            checkpoint["prev"] = before;
            checkpoint["key_id"] = keyId;
            checkpoint.Remove("signature");
            var signature = key.SignData(Encoding.UTF8.GetBytes(CanonicalJson.Write(checkpoint)), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            checkpoint["signature"] = Base64Url.EncodeToString(signature);
            before = CanonicalJson.Hash(checkpoint);
        }
    }

    /// <returns>The last row that may be named for it.</returns>
    public long FlipCheckpoint(Random dice)
    {
        var checkpoint = _checkpoints[dice.Next(_checkpoints.Count)];
        var name = new[] { "last_hash", "signature", "prev", "at" }[dice.Next(4)];
        var text = checkpoint[name]!.GetValue<string>();
        // The last character of a signature holds unused bits; the first never does.
        checkpoint[name] = (text[0] == '1' ? '2' : '1') + text[1..];
        return LastSigned;
    }

    public void Dispose()
    {
        _connection.Dispose();
        _folder.Delete(recursive: true);
    }

    private static long Signed(JsonObject checkpoint) => checkpoint["last_seq"]!.GetValue<long>();

    private static string Chain(string previous, long seq, string bodyHash) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{previous}\n{seq}\n{bodyHash}"))));

    private void Run(string sql, params (string Name, object Value)[] values)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private List<string> Strings(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var all = new List<string>();
        while (reader.Read()) all.Add(reader.GetValue(0).ToString()!);
        return all;
    }
}
