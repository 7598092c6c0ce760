using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Audit;

/// <summary>How one row holds on to the one before (contracts, section 6).</summary>
public static class AuditChain
{
    /// <summary><c>prev_hash</c> of row 1, and <c>prev</c> of the first checkpoint.</summary>
    public static string Start { get; } = new('0', 64);

    /// <summary>Lower-case hex SHA-256 of the ASCII text <c>prev_hash LF seq LF body_hash</c>.</summary>
    public static string Hash(string prevHash, long seq, string bodyHash) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prevHash}\n{seq}\n{bodyHash}"))));
}
