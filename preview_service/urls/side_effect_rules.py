"""What tells of a URL that fetching it does something: parameters, and names of actions, as rows.

Each row's example is the form that its source documents or that mails have. Words are common ones
of English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, the Nordic languages,
Russian, Turkish, Chinese, Japanese and Korean.
"""

from enum import Enum, auto
from typing import Final

import msgspec


class Proof(Enum):
    """What must stand beside an action's name."""

    # But the path must end with the name.
    NOTHING = auto()
    # A parameter that is not about how a page looks, or an id in the path behind the name.
    OBJECT = auto()
    # A parameter that answers a question.
    ANSWER = auto()
    # A parameter that has a secret's name, or anything that looks random.
    SECRET = auto()


class Action(msgspec.Struct, frozen=True, gc=False):
    """Names of an action, which are whole path segments or values of `?action=`.

    They are patterns for what `_plain` leaves of those; `a/b` are two segments.
    """

    name: str
    words: str
    proof: Proof
    example: str


class Signature(msgspec.Struct, frozen=True, gc=False):
    """Parameters that together prove it, whatever the path; of `a|b` one is enough.

    Where their names are anybody's, one of their values must look random.
    """

    name: str
    parameters: str
    example: str
    is_random: bool = False


# In capitals or not, a query's names are compared as `_plain` leaves them.
SIGNATURES: Final = (
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    Signature(
        "presigned_s3",
        "xamzsignature xamzcredential",
        "/b/k?X-Amz-Credential=AK%2F20240101&X-Amz-Expires=60&X-Amz-Signature=0a1b2c3d",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    Signature(
        "presigned_s3_v2",
        "awsaccesskeyid signature expires",
        "/b/k?AWSAccessKeyId=AKIA1&Expires=1700000000&Signature=vjby%2F3D",
    ),
    # https://cloud.google.com/storage/docs/access-control/signed-urls
    Signature(
        "presigned_google",
        "xgoogsignature|googleaccessid signature|xgoogcredential",
        "/b/k?X-Goog-Credential=a%40b&X-Goog-Signature=0a1b2c3d",
    ),
    # https://learn.microsoft.com/rest/api/storageservices/create-service-sas
    Signature(
        "presigned_azure",
        "sig se sv|sp|sr",
        "/c/b?sv=2022-11-02&se=2024-01-01&sr=b&sp=r&sig=a1B2c3%3D",
    ),
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
    Signature(
        "presigned_cloudfront",
        "signature keypairid",
        "/v.mp4?Expires=1700000000&Signature=a1B2c3~&Key-Pair-Id=K2JCJMDEHXQW5F",
    ),
    # https://www.alibabacloud.com/help/en/oss/developer-reference/ddd-signatures-to-urls
    Signature(
        "presigned_alibaba",
        "ossaccesskeyid|xosscredential signature|xosssignature",
        "/k?OSSAccessKeyId=nz2pc56s&Expires=1700000000&Signature=vjby%2F3D",
    ),
    # https://www.tencentcloud.com/document/product/436/7778
    Signature(
        "presigned_tencent",
        "qsignature qak",
        "/k?q-sign-algorithm=sha1&q-ak=AKID1&q-signature=0a1b2c3d",
    ),
    # https://laravel.com/docs/urls#signed-urls
    Signature(
        "signed_link",
        "signature expires",
        "/email/verify/1?expires=1700000000&signature=8f14e45fceea167a5a36dedd4bea2543",
        is_random=True,
    ),
    # https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    Signature(
        "oauth_code", "code state", "/?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", is_random=True
    ),
    # https://www.rfc-editor.org/rfc/rfc5849#section-2.2
    Signature(
        "oauth_1_callback", "oauthtoken oauthverifier", "/in?oauth_token=a1&oauth_verifier=b2"
    ),
    # https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf
    Signature("saml_response", "samlresponse", "/acs?SAMLResponse=PHNhbWxw"),
    # Names that say it all, of: Rails' Devise, Firebase, Clerk, Magic, Stytch,
    # Cognito, and habit.
    Signature(
        "one_time_parameter",
        "resetpasswordtoken|passwordresettoken|passwordtoken|resettoken|resetkey|confirmationtoken"
        "|confirmtoken|confirmationcode|unlocktoken|invitationtoken|invitetoken|activationtoken"
        "|activationkey|activationcode|verificationtoken|verificationcode|verifytoken"
        "|emailverificationtoken|unsubscribetoken|logintoken|signintoken|magictoken|magiclinktoken"
        "|onetimetoken|autologintoken|oobcode|clerkticket|magiccredential|stytchtoken"
        "|otptoken|passwordlesstoken|actiontoken",
        "/users/password/edit?reset_password_token=sX3b",
    ),
    Signature(
        "unsubscribe_parameter",
        "unsubscribe|mktunsubscribe|unsubscribeid|unsubscribekey|unsubscribehash",
        "/?unsubscribe=1b2c",
    ),
    # https://woocommerce.com/document/quick-guide-to-woocommerce-add-to-cart-urls/
    Signature("add_to_cart_parameter", "addtocart", "/shop/?add-to-cart=42"),
)

ACTIONS: Final = (
    Action(
        "unsubscribe_path",
        "unsubscribe unsub emailunsubscribe unsubscribeemail unsubscribeauth"
        " oneclickunsubscribe unsubscribepage unsubcenter optout emailoptout removeme"
        " abbestellen newsletterabbestellen newsletterabmelden austragen"
        " desabonnement sedesabonner desabonner desinscription sedesinscrire"
        " darsedebaja dardebaja cancelarsuscripcion desuscribir desuscribirse"
        " descadastrar cancelarinscricao cancelarassinatura disiscriviti disiscrizione"
        " cancellaiscrizione annullaiscrizione uitschrijven afmelden avregistrera avprenumerera"
        " afmeld wypisz rezygnacja odhlasit отписаться отписка otpiska abonelikteniptal"
        " 退订 取消订阅 退訂 配信停止 購読解除 수신거부 구독취소",
        Proof.OBJECT,
        "/unsubscribe?u=31&id=8c",
    ),
    Action(
        "logout_path",
        "logout logoff signout logmeout userlogout customer/account/logout ausloggen deconnexion"
        " sedeconnecter cerrarsesion uitloggen loggaut wyloguj выход выйти"
        " 退出登录 ログアウト 로그아웃",
        Proof.NOTHING,
        "/account/logout",
    ),
    Action(
        "cart_path",
        "addtocart addtobasket addtobag cartadd cart/add basket/add bag/add cart/change"
        " cart/remove cart/update checkout/place placeorder inwarenkorb ajouteraupanier"
        " agregaralcarrito adicionaraocarrinho aggiungialcarrello",
        Proof.OBJECT,
        "/checkout/cart/add/product/42",
    ),
    # https://help.shopify.com/en/manual/checkout-settings/checkout-links
    Action("cart_permalink", r"cart/\d{1,}:[\d,:]{1,}", Proof.NOTHING, "/cart/31415926:1"),
    Action(
        "magic_login_path",
        "magiclink magiclogin magicsignin login signin loginlink signinlink emaillogin loginemail"
        " emailsignin signinemail loginwithemail loginwithtoken logintoken tokenlogin autologin"
        " onetimelogin otl passwordless loginviaemail authenticate auth sso"
        " verifyredirect wplogin anmelden einloggen connexion seconnecter iniciarsesion entrar"
        " accedi inloggen zaloguj войти",
        Proof.SECRET,
        "/login?token=8f14e45fceea167a5a36dedd4bea2543",
    ),
    Action(
        "password_reset_path",
        "resetpassword passwordreset resetpass resetpw pwreset pwdreset rp reset password"
        " newpassword setpassword createpassword changepassword forgotpassword lostpassword"
        " recoverpassword passwordrecovery recover recovery accountrecovery passwortzurucksetzen"
        " passwortzuruecksetzen passwortvergessen neuespasswort motdepasse motdepasseoublie"
        " reinitialisation reinitialiser reinitialisermotdepasse restablecer"
        " restablecercontrasena recuperarcontrasena redefinirsenha recuperarsenha"
        " reimpostapassword recuperapassword wachtwoordherstellen wachtwoordvergeten resethasla"
        " восстановление 重置密码 パスワード再設定",
        Proof.SECRET,
        "/reset-password/8f14e45fceea167a5a36dedd4bea2543",
    ),
    Action(
        "confirm_path",
        "confirm confirmation confirmemail emailconfirm emailconfirmation"
        " confirmaccount confirmuser confirmsubscription confirmregistration confirmnewemail verify"
        " verification verifyemail emailverify emailverification verifyaccount validate validation"
        " validateemail emailvalidation doubleoptin optin bestatigen bestaetigen"
        " bestatigung bestaetigung verifizieren confirmer verifier valider confirmar verificar"
        " confirma conferma confermare verifica bevestigen bevestig verifieren potwierdz"
        " potwierdzenie bekrafta bekraeft dogrula onayla подтвердить подтверждение"
        " 确认 验证 確認 인증",
        Proof.SECRET,
        "/verify-email?token=4f9a21",
    ),
    Action(
        "account_path",
        "activate activation activateaccount accountactivation useractivation wpactivate"
        " reactivate deactivate deleteaccount accountdelete closeaccount cancelaccount"
        " cancelsubscription delete deletion remove revoke unlock unlockaccount approve deny reject"
        " redeem claim aktivieren aktivierung activer activar ativar attiva activeren aktywuj"
        " aktivera aktiviraj активировать активация 激活 有効化 退会",
        Proof.SECRET,
        "/activate/MQ/c3x2a1-8f14e45fceea167a5a36",
    ),
    Action(
        "answer_path",
        "accept acceptinvite acceptinvitation inviteaccept invitationaccept decline declineinvite"
        " declineinvitation tentative rsvp respond cancel cancelbooking cancellation cancellations"
        " annehmen ablehnen zusagen absagen einladungannehmen accepter refuser aceptar rechazar"
        " aceitar recusar accetta rifiuta accepteren weigeren zaakceptuj принять отклонить",
        Proof.SECRET,
        "/calendar/event?action=RESPOND&eid=M2Y&rst=1&tok=MjAjb3JnYW5pemVy",
    ),
    Action("vote_path", "upvote downvote castvote", Proof.OBJECT, "/entries/42/upvote?auth=1b2c"),
    Action(
        "survey_answer",
        "vote poll polls survey surveys surveyresponse csat nps feedback satisfaction umfrage"
        " abstimmung sondage encuesta enquete sondaggio ankieta опрос アンケート",
        Proof.ANSWER,
        "/surveys/31?score=9",
    ),
    # https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    Action(
        "oauth_callback",
        "callback oauthcallback oauth2callback authcallback oauth oauth2 signinoidc signinoauth"
        " oidccallback ssocallback redirecturi",
        Proof.SECRET,
        "/oauth/callback?code=SplxlOBeZQQYbYS6WxSbIA",
    ),
    Action(
        "one_time_path",
        "actiontoken oneclick onetime onetimelink onetimesecret secret",
        Proof.SECRET,
        "/one-time/8f14e45fceea167a5a36dedd4bea2543",
    ),
)
