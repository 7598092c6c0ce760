using System.Security.Cryptography;

namespace ControlChat.Core.Accounts.Jose;

/// <summary>The signatures this hub knows. There is no other way in: no <c>none</c>, no shared keys, no curve but P-256.</summary>
public abstract record JwsAlgorithm
{
    private JwsAlgorithm(string name) => Name = name;

    public static JwsAlgorithm Rs256 { get; } = new Rsa("RS256", RSASignaturePadding.Pkcs1);

    public static JwsAlgorithm Ps256 { get; } = new Rsa("PS256", RSASignaturePadding.Pss);

    public static JwsAlgorithm Es256 { get; } = new Ecdsa();

    public static IReadOnlyList<JwsAlgorithm> All { get; } = [Rs256, Ps256, Es256];

    /// <summary>As it stands in a header, exactly.</summary>
    public string Name { get; }

    /// <summary>Null for any name that is not one of ours, letter for letter.</summary>
    public static JwsAlgorithm? Find(string? name) => All.FirstOrDefault(a => string.Equals(a.Name, name, StringComparison.Ordinal));

    /// <summary>False for a key of another family, too.</summary>
    internal abstract bool Verifies(AsymmetricAlgorithm key, byte[] input, byte[] signature);

    internal abstract bool Fits(AsymmetricAlgorithm key);

    private sealed record Rsa(string Header, RSASignaturePadding Padding) : JwsAlgorithm(Header)
    {
        internal override bool Fits(AsymmetricAlgorithm key) => key is RSA;

        internal override bool Verifies(AsymmetricAlgorithm key, byte[] input, byte[] signature) =>
            key is RSA rsa && signature.Length == (rsa.KeySize + 7) / 8 && rsa.VerifyData(input, signature, HashAlgorithmName.SHA256, Padding);
    }

    /// <summary>RFC 7518, 3.4: r and s, 32 bytes each; DER is another format and not read.</summary>
    private sealed record Ecdsa() : JwsAlgorithm("ES256")
    {
        private const int Half = 32;

        internal override bool Fits(AsymmetricAlgorithm key) => key is ECDsa;

        internal override bool Verifies(AsymmetricAlgorithm key, byte[] input, byte[] signature) =>
            key is ECDsa ec && signature.Length == 2 * Half
            && signature.AsSpan(0, Half).ContainsAnyExcept((byte)0) && signature.AsSpan(Half).ContainsAnyExcept((byte)0)
            && ec.VerifyData(input, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
