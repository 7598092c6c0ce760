using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Accounts.Passwords;

/// <summary>
/// A password's stored form: <c>pbkdf2-sha512$rounds$salt$key</c>. The row says how it was made, so the rounds can rise
/// and old rows still check; they are made again when their person signs in.
/// </summary>
internal static class PasswordHash
{
    /// <summary>OWASP's number for PBKDF2-HMAC-SHA512 (Password Storage Cheat Sheet).</summary>
    public const int Rounds = 210_000;

    private const string Kind = "pbkdf2-sha512";
    private const int SaltBytes = 16;
    private const int KeyBytes = 32;
    private const int MostRounds = 10_000_000;

    /// <summary>Checked where there is no account or no password, so that this takes as long as a wrong password.</summary>
    public static string OfNobody { get; } = Write(Rounds, new byte[SaltBytes], new byte[KeyBytes]);

    public static string Make(string password, int rounds = Rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Write(rounds, salt, Derive(password, salt, rounds, KeyBytes));
    }

    /// <summary>Compares in a time that does not depend on the password.</summary>
    public static bool Matches(string stored, string password) =>
        Read(stored) is var (rounds, salt, key) && CryptographicOperations.FixedTimeEquals(Derive(password, salt, rounds, key.Length), key);

    /// <summary>Whether it was made with less than is asked for today.</summary>
    public static bool IsOld(string stored) => Read(stored) is not var (rounds, _, _) || rounds < Rounds;

    private static (int Rounds, byte[] Salt, byte[] Key)? Read(string stored) =>
        stored.Split('$') is [Kind, var rounds, var salt, var key] && int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostRounds
            ? (count, Convert.FromBase64String(salt), Convert.FromBase64String(key)) : null;

    // The same characters typed on another keyboard may arrive as other code points (NIST SP 800-63B, 5.1.1.2).
    private static byte[] Derive(string password, byte[] salt, int rounds, int length) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), salt, rounds, HashAlgorithmName.SHA512, length);

    private static string Write(int rounds, byte[] salt, byte[] key) =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind}${rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(key)}");
}
