using ControlChat.Core.Accounts.Passwords;
using Xunit;

namespace ControlChat.Tests.Core.Accounts.Passwords;

public sealed class PasswordTests
{
    [Fact]
    public void A_stored_password_matches_itself_and_nothing_else_and_is_salted()
    {
        var stored = PasswordHash.Make("four words in a row", 1000);
        Assert.StartsWith("pbkdf2-sha512$1000$", stored, StringComparison.Ordinal);
        Assert.True(PasswordHash.Matches(stored, "four words in a row"));
        Assert.False(PasswordHash.Matches(stored, "four words in a roW"));
        Assert.False(PasswordHash.Matches(stored, "four words in a row "));
        Assert.NotEqual(stored, PasswordHash.Make("four words in a row", 1000));
    }

    [Fact]
    public void What_was_made_with_fewer_rounds_is_old()
    {
        Assert.True(PasswordHash.IsOld(PasswordHash.Make("four words in a row", 1000)));
        Assert.False(PasswordHash.IsOld(PasswordHash.Make("four words in a row")));
    }

    [Fact]
    public void The_same_letters_from_another_keyboard_are_the_same_password() =>
        Assert.True(PasswordHash.Matches(PasswordHash.Make("Ferien in Zu\u0308rich", 1000), "Ferien in Z\u00fcrich"));

    [Theory]
    [InlineData("pbkdf2-sha512$0$AA==$AA==")]
    [InlineData("pbkdf2-sha512$99999999$AA==$AA==")]
    [InlineData("md5$1$AA==$AA==")]
    [InlineData("")]
    public void A_row_that_says_nothing_sensible_matches_nothing(string stored) => Assert.False(PasswordHash.Matches(stored, "x"));

    [Theory]
    [InlineData("elevenchars", "at least 12")]
    [InlineData("mara@halden.example", "e-mail address or the name")]
    [InlineData("MARA@halden.example", "e-mail address or the name")]
    [InlineData("Mara Kowalski", "e-mail address or the name")]
    [InlineData("marakowalski1", "e-mail address or the name")]
    [InlineData("password1234", "first that would be tried")]
    [InlineData("P@ssw0rd1234", "first that would be tried")]
    [InlineData("passwordpassword", "first that would be tried")]
    [InlineData("qwertyuiop12", "first that would be tried")]
    [InlineData("123456789012", "first that would be tried")]
    [InlineData("aaaaaaaaaaaa", "first that would be tried")]
    [InlineData("abcdefghijkl", "first that would be tried")]
    [InlineData("121212121212", "first that would be tried")]
    public void A_weak_password_is_refused_with_the_reason(string password, string reason) =>
        Assert.Contains(reason, PasswordPolicy.Fault(password, "mara@halden.example", "Mara Kowalski"), StringComparison.Ordinal);

    [Theory]
    [InlineData("four words in a row")]
    [InlineData("tr0ubador-&-3-horses")]
    [InlineData("größer als zwölf")]
    [InlineData("🐎🐎🔋 staple 🔋🐎🐎")]
    public void A_good_password_passes(string password) => Assert.Null(PasswordPolicy.Fault(password, "mara@halden.example", "Mara Kowalski"));

    [Fact]
    public void Half_a_character_is_none()
    {
        foreach (var password in new[] { "half a pair \ud83d", "\udc0e half a pair", "\ufffd half \ud83d a pair" })
            Assert.Contains("a character that is none", PasswordPolicy.Fault(password, null, "Mara"), StringComparison.Ordinal);
    }

    [Fact]
    public void Length_is_counted_in_characters_not_in_bytes()
    {
        Assert.Null(PasswordPolicy.Fault(string.Concat(Enumerable.Repeat("🐎🔋🌊🪁", 32)), null, "Mara"));
        Assert.Contains("at most 128", PasswordPolicy.Fault(string.Concat(Enumerable.Repeat("🐎🔋🌊🪁", 32)) + "x", null, "Mara"), StringComparison.Ordinal);
    }
}
